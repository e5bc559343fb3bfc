#pragma once

#include "runtime/include/cnx_rt.h"

extern "C" {
// As cnx_rt_choose_level; the message says what the machine, CNX_RT_ISA and the library have.
cnx_rt_status cnx_rt_find_level(unsigned available, cnx_rt_level *level, cnx_rt_error *error);
}
