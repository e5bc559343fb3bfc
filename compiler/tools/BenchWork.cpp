#include "compiler/tools/BenchWork.h"

#include "compiler/Error.h"
#include "compiler/tools/Work.h"

#include <fmt/format.h>

namespace cnx {

namespace {

const PlanProgram &trainProgram(const Plan &plan, int64_t part) {
  std::string found;
  for (const PlanProgram &program : plan.programs)
    if (program.direction == "train") {
      if (program.batch == part)
        return program;
      found += fmt::format("{}{}", found.empty() ? "" : ", ", program.batch);
    }
  throw UserError(fmt::format("--micro-batch: found {}, expected a batch that {} trains: {}", part,
                              plan.name, found.empty() ? "none" : found));
}

} // namespace

BenchWork forwardWork(const PlanProgram &program) {
  BenchWork work{false, program.batch, program.batch, {}};
  for (const PlanLaunch &launch : program.launches)
    work.launches.push_back({&launch, sectionName(Section::forward), 1});
  return work;
}

BenchWork stepWork(const Plan &plan, int64_t batch, int64_t part) {
  if (batch % part != 0)
    throw UserError(
        fmt::format("--micro-batch: found {}, expected a divisor of --batch {}", part, batch));
  BenchWork work{true, batch, part, {}};
  for (const PlanLaunch &launch : trainProgram(plan, part).launches)
    work.launches.push_back({&launch, sectionName(launch.section), size_t(batch / part)});
  for (const char *direction : {"squares", "update", "average", "transpose"})
    for (const PlanProgram &program : plan.programs)
      if (program.direction == direction)
        for (const PlanLaunch &launch : program.launches)
          work.launches.push_back({&launch, "update", 1});
  return work;
}

double flopsOf(const Plan &plan, const BenchWork &work) {
  double flops = 0;
  for (const BenchLaunch &each : work.launches) {
    const PlanKernel &kernel = plan.kernels[size_t(each.launch->kernel)];
    flops +=
        2.0 * double(each.times) * double(multiplyAccumulates(parseKernelGraph(kernel.graphJson)));
  }
  return flops;
}

} // namespace cnx
