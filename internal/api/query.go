package api

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// knownQuery refuses query parameters that a route does not know, those that
// come twice, and those that the generated code would refuse in the words of
// the libraries that it is made of.
func knownQuery(known []string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			// Not c.QueryParams, which leaves out what it cannot read: a filter
			// that is lost answers another question.
			query, err := url.ParseQuery(c.Request().URL.RawQuery)
			if err != nil {
				return invalidParameter(fmt.Sprintf("The query of the address cannot be read: %v.", err))
			}
			for name, values := range query {
				if !slices.Contains(known, name) {
					return unknownParameter(name, known)
				}
				if len(values) > 1 {
					return invalidParameter(fmt.Sprintf("The query parameter %q is there %d times; send it once.", name, len(values)))
				}
				if err := checkParameter(name, values[0]); err != nil {
					return err
				}
			}
			return next(c)
		}
	}
}

// storable reports whether Postgres takes a text: its texts are UTF-8 without
// NUL, and a statement with another one fails.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// checkParameter refuses what is no value of a parameter that is not a text.
func checkParameter(name, value string) error {
	switch name {
	case "page_size":
		if size, err := strconv.Atoi(value); err != nil || size < 1 || size > maxPageSize {
			return invalidParameter(fmt.Sprintf("page_size must be a whole number from 1 to %d; it is %q.", maxPageSize, value))
		}
	case "include_deleted":
		if _, err := strconv.ParseBool(value); err != nil {
			return invalidParameter(fmt.Sprintf("include_deleted must be true or false; it is %q.", value))
		}
	}
	return nil
}
