// The steps to a plan as passes; declared in PlanPasses.td.
#pragma once

namespace cnx {

// Makes --cnx-build-plan, --cnx-assign-memory and --cnx-check-plan known to cnx-opt.
void registerPlanPasses();

} // namespace cnx
