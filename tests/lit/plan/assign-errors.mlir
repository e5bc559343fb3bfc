// RUN: cnx-opt %s --cnx-assign-memory --split-input-file --verify-diagnostics

// expected-error @below {{the plan has no segment of kind arena}}
module {
}

// -----

plan.segment @arena kind = arena bytes = 0
plan.program @forward_b1 direction = "forward" batch = 1 {
  // expected-error @below {{is used by no launch}}
  %a = plan.alloc : !plan.buffer<4xf32>
}
