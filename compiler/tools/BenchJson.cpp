#include "compiler/tools/BenchReport.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cnx {

namespace {

using Json = nlohmann::ordered_json;

Json spread(const Spread &values) {
  return {{"min", values.minimum}, {"median", values.median}, {"max", values.maximum}};
}

Json rows(const std::vector<ProfileRow> &list, double peak) {
  Json result = Json::array();
  for (const ProfileRow &row : list)
    result.push_back({{"name", row.name},
                      {"section", row.section},
                      {"launches", row.launches},
                      {"seconds", row.seconds},
                      {"flops", row.flops},
                      {"bytes", row.bytes},
                      {"share_of_peak", row.flops / row.seconds / peak},
                      {"bound_seconds", row.bound},
                      {"bound_fma_seconds", row.fmaSeconds},
                      {"bound_memory_seconds", row.memorySeconds},
                      {"tasks", row.tasks}});
  return result;
}

Json caseJson(const BenchReport &report, const BenchCase &each) {
  const CaseTime &time = each.time;
  Json result = {{"level", levelName(each.level)},
                 {"batch", each.work.batch},
                 {"threads", each.threads},
                 {"flops", time.flops},
                 {"repeats", time.repeats},
                 {"passes", time.passes},
                 {"first_seconds", time.first},
                 {"seconds", spread(time.seconds)},
                 {"fma_peak", spread(time.peak)},
                 {"share_of_peak", time.shareOfPeak},
                 {"share_of_peak_at_min", time.shareAtMinimum}};
  if (each.work.train)
    result["micro_batch"] = each.work.part;
  if (!each.profile.launches.empty())
    result["profile"] = {{"passes", each.profile.passes},
                         {"seconds", each.profile.seconds},
                         {"between_seconds", each.profile.between},
                         {"fma_peak", each.profile.peak},
                         {"kernels", rows(kernelRows(report, each), each.profile.peak)},
                         {"layers", rows(layerRows(report, each), each.profile.peak)},
                         {"sections", rows(sectionRows(report, each), each.profile.peak)}};
  return result;
}

} // namespace

std::string benchJson(const std::vector<BenchReport> &reports) {
  const BenchReport &first = reports.front();
  Json cases = Json::array();
  for (const BenchReport &report : reports)
    for (const BenchCase &each : report.cases)
      cases.push_back(caseJson(report, each));
  Json result = {{"cnx", CNX_VERSION},
                 {"model", first.model},
                 {"work", first.optimizer.empty() ? "inference" : "training"},
                 {"processor", first.processor},
                 {"cores", first.cores},
                 {"load", first.load},
                 {"cases", std::move(cases)}};
  if (!first.optimizer.empty())
    result["optimizer"] = first.optimizer;
  return result.dump(2) + "\n";
}

std::string chromeTrace(const std::vector<BenchReport> &reports) {
  Json events = Json::array();
  int process = 0;
  for (const BenchReport &report : reports)
    for (const BenchCase &each : report.cases) {
      events.push_back(
          {{"name", "process_name"},
           {"ph", "M"},
           {"pid", process},
           {"args",
            {{"name", fmt::format("{} {} batch {} threads {}", report.plan->name,
                                  levelName(each.level), each.work.batch, each.threads)}}}});
      for (const LaunchEvent &event : each.profile.events) {
        const BenchLaunch &timed = each.work.launches[event.launch];
        const PlanLaunch &launch = *timed.launch;
        const PlanKernel &kernel = report.plan->kernels[size_t(launch.kernel)];
        events.push_back(
            {{"name", launch.layer},
             {"cat", kernel.fusion},
             {"ph", "X"},
             {"pid", process},
             {"tid", 0},
             {"ts", event.begin * 1e6},
             {"dur", (event.end - event.begin) * 1e6},
             {"args",
              {{"kernel", kernel.symbol}, {"launch", launch.id}, {"section", timed.section}}}});
      }
      ++process;
    }
  return Json({{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}}).dump() + "\n";
}

} // namespace cnx
