// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3" (2011). A pure function: the same four words for the same counter and key, on every
// machine and in any order.
#pragma once

#include <array>
#include <cstdint>

namespace cnx {

using PhiloxCounter = std::array<uint32_t, 4>;

// key: low word first.
PhiloxCounter philox4x32(PhiloxCounter counter, uint64_t key);

} // namespace cnx
