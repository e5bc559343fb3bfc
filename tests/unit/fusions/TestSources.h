// The sources of the unit tests, as text.
#pragma once

#include <string>

namespace cnx::test {

// Whether a *Test.cpp of tests/unit/<room> has `name` as a string.
bool isNamedInTests(const std::string &room, const std::string &name);

} // namespace cnx::test
