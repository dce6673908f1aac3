#!/usr/bin/python3
"""Reproduces each way in which "committed" rows vanish, and the way that keeps them.

    apt-get install python3-sqlalchemy python3-psycopg2      # Debian 12: SQLAlchemy 1.4.46
    DATABASE_URL=$(scripts/postgres.sh start) /usr/bin/python3 docs/why-rows-vanish/reproduce.py

Every case writes three pages of one row each, says "committed" where its author
believes it, and is then counted over a fresh connection that took no part. What
the server received is recorded by a proxy on the wire (wire.py), not taken from
a log. The script works in two databases of its own and drops them; it exits
with 1 if a case does not end with the rows that the document says.
"""

import logging
import os
import sys
import threading
import time
from urllib.parse import unquote, urlsplit

import psycopg2
import sqlalchemy as sa
from sqlalchemy.orm import Session, declarative_base

from wire import Wire

Base = declarative_base()
PAGES = 3
ASK_TRANSACTION = "select pg_current_xact_id()"


class Project(Base):
    __tablename__ = "projects"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text, nullable=False)


class Shop:
    """Where a case works: engines that pass by the recording proxy."""

    def __init__(self, url, wire, database, other):
        self.url, self.wire, self.database, self.other = url, wire, database, other
        self.transaction, self.engines = None, []

    def engine(self, database=None, **options):
        """A new engine, past its first hello, with nothing of it recorded."""
        url = sa.engine.URL.create(
            "postgresql+psycopg2", self.url.username, self.url.password,
            "127.0.0.1", self.wire.port, database or self.database, {"sslmode": "disable"})
        engine = sa.create_engine(url, **options)
        self.engines.append(engine)
        engine.connect().close()
        self.wire.clear()
        return engine

    def write_pages(self, session):
        """The sync: pages of one row each, sent to the server page by page."""
        for page in range(PAGES):
            session.add(Project(name=f"project {page}"))
            session.flush()
        self.transaction = session.execute(sa.text(ASK_TRANSACTION)).scalar()

    def fate(self):
        """What the server says became of the pages' transaction."""
        return self.ask(f"select pg_xact_status('{self.transaction}'::xid8)") if self.transaction else "-"

    def count(self):
        """What anybody else sees: a fresh connection straight to the server."""
        return self.ask("select count(*) from projects")

    def arrived(self):
        """Rows that were ever inserted into the table, rolled back ones included."""
        return self.ask("select n_tup_ins from pg_stat_user_tables where relid = 'projects'::regclass")

    def leave(self):
        """Hangs up and waits until the server has noticed: sessions hand in their statistics when they end."""
        while self.engines:
            self.engines.pop().dispose()
        others = ("select count(*) from pg_stat_activity where pid <> pg_backend_pid()"
                  f" and datname in ('{self.database}', '{self.other}') and backend_type = 'client backend'")
        deadline = time.monotonic() + 10
        while self.ask(others) and time.monotonic() < deadline:
            time.sleep(0.01)

    def ask(self, sql):
        connection = connect(self.url, self.database)
        with connection.cursor() as cursor:
            cursor.execute(sql)
            answer = cursor.fetchone()[0]
        connection.close()
        return answer

    def reset(self):
        """Every case begins with an empty table, in its usual place."""
        self.transaction = None
        connection = connect(self.url, self.database)
        with connection.cursor() as cursor:
            cursor.execute("drop schema if exists tenant cascade")
            cursor.execute("drop table if exists projects")
            cursor.execute("create table projects (id serial primary key, name text not null)")
        connection.close()


# The cases. Each returns nothing; the table says what became of it.

def commit_then_close(shop):
    session = Session(shop.engine())
    shop.write_pages(session)
    session.commit()
    session.close()


def outer_transaction(shop):
    connection = shop.engine().connect()
    connection.begin()                     # a middleware, a fixture, an event hook
    session = Session(bind=connection)     # Depends(get_db)
    shop.write_pages(session)
    session.commit()                       # "committed"
    session.close()
    connection.close()


def outer_transaction_future(shop):
    connection = shop.engine(future=True).connect()
    connection.begin()
    session = Session(bind=connection, future=True)
    shop.write_pages(session)
    session.commit()
    session.close()
    connection.close()


def outer_transaction_mended(shop):
    with Session(shop.engine()) as session:  # bound to the engine: the session owns its transaction
        shop.write_pages(session)
        session.commit()


def savepoint(shop):
    session = Session(shop.engine())
    session.begin_nested()
    shop.write_pages(session)
    session.commit()                       # in 1.4: ends the savepoint only
    session.close()


def savepoint_mended(shop):
    with Session(shop.engine()) as session:
        with session.begin_nested():       # its end is the savepoint's end
            shop.write_pages(session)
        session.commit()                   # and this one is the transaction's


def savepoint_future(shop):
    session = Session(shop.engine(future=True), future=True)
    session.begin_nested()
    shop.write_pages(session)
    session.commit()                       # in 2.0: always the whole transaction
    session.close()


def thread_outlives_request(shop):
    session = Session(shop.engine())       # the request's session
    written, answered = threading.Event(), threading.Event()

    def background():
        shop.write_pages(session)
        written.set()
        answered.wait()
        session.commit()                   # "committed": of a new transaction, an empty one

    thread = threading.Thread(target=background)
    thread.start()
    written.wait()
    session.close()                        # get_db's finally: the request is over
    answered.set()
    thread.join()


def thread_goes_on_writing(shop):
    session = Session(shop.engine())
    shop.write_pages(session)
    session.close()                        # the request is over in mid-sync; the session is not:
    session.add(Project(name="the rest"))  # it begins a new transaction by itself
    session.commit()                       # which holds the last page only


def thread_outlives_request_mended(shop):
    engine = shop.engine()

    def background():
        with Session(engine) as session:   # born, used and closed in the thread
            shop.write_pages(session)
            session.commit()

    with Session(engine):                  # the request's own, for the request's own reads
        thread = threading.Thread(target=background)
        thread.start()
    thread.join()


def second_session(shop):
    engine = shop.engine()
    request, service = Session(engine), Session(engine)
    shop.write_pages(service)                   # the service made a session of its own
    request.add(Project(name="marker"))
    request.commit()                       # "committed"
    service.close()
    request.close()


def second_session_mended(shop):
    with Session(shop.engine()) as session:
        shop.write_pages(session)               # the service is handed the session
        session.add(Project(name="marker"))
        session.commit()


def swallowed_flush_error(shop):
    session = Session(shop.engine())
    shop.write_pages(session)
    try:
        session.add(Project(name=None))    # one bad record
        session.flush()
    except sa.exc.IntegrityError:
        session.rollback()                 # "skipped": and with it everything since the last commit
    session.commit()                       # "committed"
    session.close()


def swallowed_flush_error_mended(shop):
    with Session(shop.engine()) as session:
        shop.write_pages(session)
        try:
            with session.begin_nested():   # a savepoint for what may fail
                session.add(Project(name=None))
        except sa.exc.IntegrityError:
            pass
        session.commit()


def swallowed_statement_error(shop):
    session = Session(shop.engine())
    shop.write_pages(session)
    try:
        session.execute(sa.text("insert into projects (name) values (null)"))
    except sa.exc.IntegrityError:
        pass                               # the transaction is aborted; nobody says so
    session.commit()                       # sends COMMIT, gets ROLLBACK, raises nothing
    session.close()


def other_schema(shop):
    engine = shop.engine(connect_args={"options": "-csearch_path=tenant"})
    with engine.begin() as connection:
        connection.execute(sa.text("create schema tenant"))
    Base.metadata.create_all(engine)       # creates it where it is missing: in tenant
    shop.wire.clear()
    with Session(engine) as session:
        shop.write_pages(session)
        session.commit()


def other_database(shop):
    engine = shop.engine(shop.other)       # a default in the code, another .env
    Base.metadata.create_all(engine)
    shop.wire.clear()
    with Session(engine) as session:
        shop.write_pages(session)
        session.commit()


def drop_all_at_startup(shop):
    engine = shop.engine()
    with Session(engine) as session:
        shop.write_pages(session)
        session.commit()
    Base.metadata.drop_all(engine)         # the next worker, or --reload, starts
    Base.metadata.create_all(engine)


def no_autocommit_in_2_0(shop):
    connection = shop.engine(future=True).connect()
    for page in range(PAGES):
        connection.execute(sa.insert(Project).values(name=f"project {page}"))
    connection.close()                     # 1.4's engine committed each; 2.0's does not


def no_autocommit_in_2_0_mended(shop):
    with shop.engine(future=True).begin() as connection:
        for page in range(PAGES):
            connection.execute(sa.insert(Project).values(name=f"project {page}"))


CASES = [  # name, what it does, rows expected
    ("0   a real commit, then close()", commit_then_close, 3),
    ("1   session inside an outer transaction", outer_transaction, 0),
    ("1'  the same in 2.0 style", outer_transaction_future, 0),
    ("1+  session bound to the engine", outer_transaction_mended, 3),
    ("2   begin_nested(), then commit()", savepoint, 0),
    ("2'  the same in 2.0 style", savepoint_future, 3),
    ("2+  begin_nested() as a block", savepoint_mended, 3),
    ("3   thread outlives the request", thread_outlives_request, 0),
    ("3'  and goes on writing", thread_goes_on_writing, 1),
    ("3+  thread with a session of its own", thread_outlives_request_mended, 3),
    ("4   second session, first one commits", second_session, 1),
    ("4+  one session, handed on", second_session_mended, 4),
    ("5   flush error swallowed, rollback()", swallowed_flush_error, 0),
    ("5'  statement error swallowed", swallowed_statement_error, 0),
    ("5+  savepoint around what may fail", swallowed_flush_error_mended, 3),
    ("6   another schema", other_schema, 0),
    ("6'  another database", other_database, 0),
    ("7   drop_all() at start-up", drop_all_at_startup, 0),
    ("8   connection without commit, 2.0 style", no_autocommit_in_2_0, 0),
    ("8+  engine.begin()", no_autocommit_in_2_0_mended, 3),
]


class CommitLog(logging.Handler):
    """Whether SQLAlchemy's own log (echo=True) showed a COMMIT."""

    def __init__(self):
        super().__init__()
        self.seen = False

    def emit(self, record):
        self.seen = self.seen or record.getMessage() == "COMMIT"


def connect(url, database):
    """A connection of the observer's: straight to the server, autocommit."""
    connection = psycopg2.connect(
        host=url.hostname, port=url.port or 5432, user=url.username,
        password=unquote(url.password) if url.password else None, dbname=database)
    connection.autocommit = True
    return connection


def run(shop):
    """Runs every case, prints the table, and returns how many surprised us."""
    log = CommitLog()
    logger = logging.getLogger("sqlalchemy.engine")
    logger.addHandler(log)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    surprises = 0
    print(f"SQLAlchemy {sa.__version__}, psycopg2 {psycopg2.__version__.split()[0]}\n")
    print(f"{'case':<42}{'log has COMMIT':<16}{'rows':<6}{'n_tup_ins':<11}{'pg_xact_status':<16}the server received")
    for name, case, expected in CASES:
        shop.reset()
        log.seen = False
        case(shop)
        shop.leave()
        rows = shop.count()
        surprises += rows != expected
        note = "" if rows == expected else f"   (expected {expected})"
        print(f"{name:<42}{'yes' if log.seen else 'no':<16}{rows:<6}{shop.arrived():<11}{shop.fate():<16}{shop.wire.summary()}{note}")
    return surprises


def main():
    if "DATABASE_URL" not in os.environ:
        sys.exit("reproduce.py: set DATABASE_URL, e.g. DATABASE_URL=$(scripts/postgres.sh start)")
    url = urlsplit(os.environ["DATABASE_URL"])
    database = f"why_rows_vanish_{os.getpid()}"
    other = database + "_other"
    admin = connect(url, url.path.lstrip("/"))
    names = [database, other]
    try:
        with admin.cursor() as cursor:
            for name in names:
                cursor.execute(f"create database {name}")
        surprises = run(Shop(url, Wire(url.hostname, url.port or 5432, ASK_TRANSACTION), database, other))
    finally:
        with admin.cursor() as cursor:
            for name in names:
                cursor.execute(f"drop database if exists {name} with (force)")
        admin.close()
    sys.exit(1 if surprises else 0)


if __name__ == "__main__":
    main()
