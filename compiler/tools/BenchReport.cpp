#include "compiler/tools/BenchReport.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace cnx {

namespace {

ProfileRow rowOf(const BenchReport &report, const LaunchProfile &launch, std::string name) {
  const PlanKernel &kernel = report.plan->kernels[size_t(launch.launch->kernel)];
  auto tasks = report.tasks.find(kernel.symbol);
  return {std::move(name),      launch.section,
          launch.times,         launch.seconds,
          launch.flops,         launch.bytes(),
          launch.bound(),       launch.fmaSeconds,
          launch.memorySeconds, tasks == report.tasks.end() ? 1 : tasks->second};
}

// Without the hash at its end, which says nothing to a reader.
std::string shortSymbol(const std::string &symbol) { return symbol.substr(0, symbol.rfind("_x")); }

std::string table(const std::string &heading, const std::vector<ProfileRow> &rows, double pass,
                  double peak) {
  size_t width = heading.size();
  for (const ProfileRow &row : rows)
    width = std::max(width, row.name.size());
  std::string text = fmt::format("  {:<{}} {:>3} {:>9} {:>6} {:>8} {:>8} {:>6} {:>9} {:>9} {:>6}\n",
                                 heading, width, "n", "ms", "share", "GFLOP/s", "GB/s", "% peak",
                                 "bound ms", "above it", "tasks");
  for (const ProfileRow &row : rows)
    text += fmt::format(
        "  {:<{}} {:>3} {:>9.3f} {:>5.1f}% {:>8.1f} {:>8.1f} {:>5.0f}% {:>8.3f}{} {:>9.3f} {:>6}\n",
        row.name, width, row.launches, row.seconds * 1e3, 100 * row.seconds / pass,
        row.flops / row.seconds * 1e-9, row.bytes / row.seconds * 1e-9,
        100 * row.flops / row.seconds / peak, row.bound * 1e3,
        row.fmaSeconds >= row.memorySeconds ? 'f' : 'm', (row.seconds - row.bound) * 1e3,
        row.tasks);
  return text;
}

// The rows of launches with one key, added up, in the order of the first of each.
std::vector<ProfileRow> summed(const BenchReport &report, const BenchCase &benchCase,
                               const std::function<std::string(const LaunchProfile &)> &keyOf) {
  std::vector<ProfileRow> sums;
  std::map<std::string, size_t> places;
  for (const LaunchProfile &launch : benchCase.profile.launches) {
    ProfileRow row = rowOf(report, launch, keyOf(launch));
    auto [place, fresh] = places.try_emplace(row.name, sums.size());
    if (fresh) {
      sums.push_back(std::move(row));
      continue;
    }
    ProfileRow &sum = sums[place->second];
    sum.launches += row.launches;
    sum.seconds += row.seconds;
    sum.flops += row.flops;
    sum.bytes += row.bytes;
    sum.bound += row.bound;
    sum.fmaSeconds += row.fmaSeconds;
    sum.memorySeconds += row.memorySeconds;
  }
  return sums;
}

std::string partsOf(const BenchWork &work) {
  return work.part == work.batch ? "" : fmt::format(" in parts of {}", work.part);
}

std::string profileText(const BenchReport &report, const BenchCase &benchCase) {
  const CaseProfile &profile = benchCase.profile;
  double inside = 0, bound = 0;
  size_t launches = 0;
  for (const LaunchProfile &launch : profile.launches) {
    launches += launch.times;
    inside += launch.seconds;
    bound += launch.bound();
  }
  std::string text = fmt::format(
      "\nbatch {}{}, {} thread{}: {} launches, {:.3f} ms inside, {:.3f} ms between them, bound "
      "{:.3f} ms (median of {} passes, FMA peak {:.1f} GFLOP/s)\n",
      benchCase.work.batch, partsOf(benchCase.work), benchCase.threads,
      benchCase.threads == 1 ? "" : "s", launches, inside * 1e3, profile.between * 1e3, bound * 1e3,
      profile.passes, profile.peak * 1e-9);
  if (benchCase.work.train)
    text += table("section", sectionRows(report, benchCase), inside, profile.peak) + "\n";
  text += table("kernel", kernelRows(report, benchCase), inside, profile.peak);
  text += "\n";
  text += table("layer", layerRows(report, benchCase), inside, profile.peak);
  return text;
}

} // namespace

std::vector<ProfileRow> kernelRows(const BenchReport &report, const BenchCase &benchCase) {
  std::vector<ProfileRow> rows = summed(report, benchCase, [&](const LaunchProfile &launch) {
    return report.plan->kernels[size_t(launch.launch->kernel)].symbol;
  });
  for (ProfileRow &row : rows)
    row.name = shortSymbol(row.name);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ProfileRow &a, const ProfileRow &b) { return a.seconds > b.seconds; });
  return rows;
}

std::vector<ProfileRow> sectionRows(const BenchReport &report, const BenchCase &benchCase) {
  return summed(report, benchCase, [](const LaunchProfile &launch) { return launch.section; });
}

std::vector<ProfileRow> layerRows(const BenchReport &report, const BenchCase &benchCase) {
  std::vector<ProfileRow> rows;
  for (const LaunchProfile &launch : benchCase.profile.launches)
    rows.push_back(rowOf(report, launch,
                         benchCase.work.train ? launch.section + " " + launch.launch->layer
                                              : launch.launch->layer));
  return rows;
}

std::string benchText(const BenchReport &report) {
  std::string text = fmt::format(
      "{}{}, level {}, {}, {} core{}, load {:.1f}\n", report.model,
      report.optimizer.empty() ? "" : fmt::format(", training steps with {}", report.optimizer),
      levelName(report.cases.front().level), report.processor, report.cores,
      report.cores == 1 ? "" : "s", report.load);
  text += fmt::format("{:>5} {:>7} {:>9} {:>9} {:>9} {:>9} {:>8} {:>20} {:>7} {:>7}\n", "batch",
                      "threads", "min ms", "median", "first", "images/s", "GFLOP/s",
                      "FMA peak (range)", "% peak", "at min");
  for (const BenchCase &each : report.cases) {
    const CaseTime &time = each.time;
    text += fmt::format(
        "{:>5} {:>7} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.1f} {:>8.1f} {:>20} {:>6.1f}% {:>6.1f}%\n",
        each.work.batch, each.threads, time.seconds.minimum * 1e3, time.seconds.median * 1e3,
        time.first * 1e3, double(each.work.batch) / time.seconds.median,
        time.flops / time.seconds.median * 1e-9,
        fmt::format("{:.0f} ({:.0f}-{:.0f})", time.peak.median * 1e-9, time.peak.minimum * 1e-9,
                    time.peak.maximum * 1e-9),
        100 * time.shareOfPeak, 100 * time.shareAtMinimum);
  }
  bool profiled = false;
  for (const BenchCase &each : report.cases)
    if (!each.profile.launches.empty()) {
      text += profileText(report, each);
      profiled = true;
    }
  text +=
      "\n% peak: multiply-accumulates of convolutions and linear layers against FMA loops timed "
      "before and after\neach repeat, median; at min: the fastest pass against the highest such "
      "sample.\n";
  if (profiled)
    text +=
        "bound: the longer of FMAs at peak (f) and arrays once at the measured memory speed for "
        "their size (m).\n";
  return text;
}

} // namespace cnx
