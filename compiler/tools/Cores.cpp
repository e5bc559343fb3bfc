#include "compiler/tools/Cores.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <sched.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace cnx {

namespace {

void hold(int thread, std::span<const int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int core : cores)
    CPU_SET(size_t(core), &set);
  sched_setaffinity(thread, sizeof set, &set);
}

void pin(int thread, int core) {
  if (core != kAnyCore)
    hold(thread, {&core, 1});
}

} // namespace

std::vector<int> availableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(size_t(core), &set))
      cores.push_back(core);
  return cores;
}

void pinThisThread(int core) { pin(0, core); }

void holdThisThread(std::span<const int> cores) { hold(0, cores); }

std::set<int> threadsOfThisProcess() {
  std::set<int> threads;
  for (const auto &entry : std::filesystem::directory_iterator("/proc/self/task"))
    threads.insert(std::stoi(entry.path().filename().string()));
  return threads;
}

void pinNewThreads(const std::set<int> &before, std::span<const int> cores) {
  pinThisThread(cores[0]);
  size_t next = 1;
  for (int thread : threadsOfThisProcess())
    if (!before.count(thread) && next < cores.size())
      pin(thread, cores[next++]);
}

double timeOnCores(std::span<const int> cores, const std::function<void(size_t)> &work) {
  using Clock = std::chrono::steady_clock;
  std::atomic<size_t> ready{0};
  std::vector<Clock::time_point> starts(cores.size()), ends(cores.size());
  auto body = [&](size_t i) {
    pinThisThread(cores[i]);
    ++ready;
    while (ready < cores.size())
      std::this_thread::yield();
    starts[i] = Clock::now();
    work(i);
    ends[i] = Clock::now();
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < cores.size(); ++i)
    others.emplace_back(body, i);
  body(0);
  for (std::thread &other : others)
    other.join();
  return std::chrono::duration<double>(*std::max_element(ends.begin(), ends.end()) -
                                       *std::min_element(starts.begin(), starts.end()))
      .count();
}

} // namespace cnx
