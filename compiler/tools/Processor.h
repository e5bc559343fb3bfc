// What runs here.
#pragma once

#include <string>

namespace cnx {

std::string processorName(); // as the system calls it

} // namespace cnx
