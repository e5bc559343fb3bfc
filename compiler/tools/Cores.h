// Threads held to cores, so that what is measured does not wander between them.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <vector>

namespace cnx {

// Where no core is named, the system chooses.
inline constexpr int kAnyCore = -1;

std::vector<int> availableCores(); // that this process may run on, ascending
void pinThisThread(int core);      // nothing for kAnyCore
// To all of these; threads made from now on inherit it. A thread pool counts the cores it may use.
void holdThisThread(std::span<const int> cores);

// Thread ids of this process, the calling one among them.
std::set<int> threadsOfThisProcess();
// The threads that have come since `before` go to cores[1], cores[2], ... in the order of their
// ids; the calling one to cores[0].
void pinNewThreads(const std::set<int> &before, std::span<const int> cores);

// work(i) on cores[i], all at once after a common start; the calling thread does work(0) and stays
// pinned. Seconds from the first start to the last end, without making the threads.
double timeOnCores(std::span<const int> cores, const std::function<void(size_t)> &work);

} // namespace cnx
