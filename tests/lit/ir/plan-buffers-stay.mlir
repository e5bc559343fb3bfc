// Two allocations are two buffers, and launches stay: clean-up never merges or drops them.
// RUN: cnx-opt %s --canonicalize --cse | FileCheck %s

plan.kernel @k fusion = "single" access = ["w", "w"] scalars = 0 flops = 0 bytes = 0 graph = "{}"
// CHECK-LABEL: plan.program @f
plan.program @f direction = "forward" batch = 1 {
  // CHECK-NEXT: %[[A:.*]] = plan.alloc
  %a = plan.alloc : !plan.buffer<2x16xf32>
  // CHECK-NEXT: %[[B:.*]] = plan.alloc
  %b = plan.alloc : !plan.buffer<2x16xf32>
  // CHECK-NEXT: plan.launch @k(%[[A]], %[[B]])
  plan.launch @k(%a, %b) id = 0 : !plan.buffer<2x16xf32>, !plan.buffer<2x16xf32>
  // CHECK-NEXT: plan.launch @k(%[[A]], %[[B]])
  plan.launch @k(%a, %b) id = 1 : !plan.buffer<2x16xf32>, !plan.buffer<2x16xf32>
}
