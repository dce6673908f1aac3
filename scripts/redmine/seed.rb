# Fills a new Redmine with what the tests on a real server list: a few hundred
# projects in trees, whose ids are not in the order of their creation, with
# closed, archived and private ones among them. Prints the API
# keys of an administrator and of an account that is a member of one private
# project. Run by scripts/redmine.sh.

Setting.rest_api_enabled = 1
Setting.default_projects_public = 1

def account(login, attributes = {})
  user = User.new({ firstname: login, lastname: 'Holdfast', mail: "#{login}@example.net" }.merge(attributes))
  user.login = login
  user.password = SecureRandom.hex(16)
  user.save!
  user
end

NAMES = ['Kaffeeküche', 'Ω-Regler', '東京タワー', 'Rocket 🚀 launch', 'O\'Brien & "Söhne"', 'naïve <b>bold</b>', 'Lager  2', 'Ärger'].freeze

# Every seventh has none, every ninth a long one.
def description(number)
  return nil if (number % 7).zero?
  return "Zeile #{number}\r\n\t" * 300 if (number % 9).zero?

  "Project #{number}: d'accord, 100 %, \\ \u{1F6F0}"
end

# Imported projects: the later the id, the earlier the creation, and seven of
# them in each second.
def created(number)
  Time.utc(2012, 3, 1) - (number / 7).seconds
end

projects = []
Project.transaction do
  1.upto(360) do |number|
    project = Project.new(
      name: "#{NAMES[number % NAMES.size]} #{number}", description: description(number),
      is_public: (number % 12) != 5
    )
    project.identifier = format('p-%03d', number)
    # Number 13 stands below 6, that below 3, that below 1, and that below none.
    project.parent = projects[(number / 2) - 1] unless number % 30 < 3
    project.save!
    projects << project
  end
  leaves = projects.last(180)
  leaves.each_slice(9) { |slice| slice.first.reload.close }
  leaves.each_slice(12) { |slice| slice.last.reload.archive }
  projects.each_with_index do |project, index|
    Project.where(id: project.id).update_all(created_on: created(index), updated_on: created(index) + 1.day)
  end

  role = Role.create!(name: 'Reader', permissions: [:view_issues])
  reader = account('reader')
  private_one = projects.find { |project| !project.reload.is_public? && project.active? }
  Member.create!(principal: reader, project: private_one, roles: [role])
  admin = account('keeper', admin: true)
  puts "REDMINE_KEY=#{admin.api_key}", "REDMINE_READER_KEY=#{reader.api_key}"
end
