// From maths to bytes: two programs share weights, kernels of equal graphs are one, the GELU and the residual run in place.
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-apply-layout,cnx-form-kernels{fusion=false},cnx-mark-in-place),cnx-build-plan)' | FileCheck %s --check-prefixes=PLAN,BUILT
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-apply-layout,cnx-form-kernels{fusion=false},cnx-mark-in-place),cnx-build-plan,cnx-assign-memory,cnx-check-plan)' | FileCheck %s --check-prefixes=PLAN,PLACED

// PLAN: module attributes {cnx.info = "{}", cnx.name = "small"}
module attributes {cnx.name = "small", cnx.info = "{}"} {
// PLAN-NEXT: plan.parameter @fc.weight [20, 20] {file = "m.safetensors", tensor = "fc.weight"}
cnx.weight @fc.weight : tensor<20x20xf32> {frozen, file = "m.safetensors", tensor = "fc.weight"}
// PLAN-NEXT: plan.segment @weights kind = weights bytes = 2560
// BUILT-NEXT: plan.segment @arena kind = arena bytes = 0
// 2 samples of 16 pixels of 32 floats, two of them alive.
// PLACED-NEXT: plan.segment @arena kind = arena bytes = 8192
// PLAN-NEXT: plan.segment @image kind = io bytes = 2560
// PLAN-NEXT: plan.segment @pooled kind = io bytes = 160
// PLAN-NEXT: plan.constant @fc.weight.packed in @weights at 0 bytes = 2560 expr = "pack_panels(@fc.weight)" shape = [2, 20, 16]
// PLAN-NEXT: plan.kernel @[[NORM:layer_norm_n1[a-z0-9_]+]] fusion = "single" access = ["r", "w"] scalars = 1
// PLAN-NEXT: plan.kernel @[[FC:linear_n1[a-z0-9_]+]] fusion = "single" access = ["r", "r", "w"] scalars = 0 flops = 12800 bytes = 5120
// PLAN-NEXT: plan.kernel @[[GELU:gelu_n1[a-z0-9_]+]] fusion = "single" access = ["rw"]
// PLAN-NEXT: plan.kernel @[[ADD:add_n1[a-z0-9_]+]] fusion = "single" access = ["r", "rw"]
// PLAN-NEXT: plan.kernel @[[POOL:mean_pool_n1[a-z0-9_]+]] fusion = "single" access = ["r", "w"]
// PLAN-NEXT: plan.kernel @layer_norm_n2

// PLAN: plan.program @forward_b1 direction = "forward" batch = 1
// PLACED-SAME: attributes {plan.live_bytes = 4096 : i64}
func.func @forward_b1(%x: tensor<1x4x4x20xf32> {cnx.name = "image"}) -> (tensor<1x20xf32> {cnx.name = "pooled"}) {
  // PLAN-NEXT: %[[IMAGE:.*]] = plan.view @image at 0 : !plan.buffer<1x4x4x20xf32>
  // BUILT-NEXT: %[[N:.*]] = plan.alloc : !plan.buffer<1x4x4x20xf32, pitch = 32>
  // PLACED-NEXT: %[[N:.*]] = plan.view @arena at {{0|2048}} : !plan.buffer<1x4x4x20xf32, pitch = 32>
  // PLAN-NEXT: plan.launch @[[NORM]](%[[IMAGE]], %[[N]]) scalars [1.0e-06] id = 0
  %n, %r = cnx.layer_norm %x eps = 1.0e-6 : tensor<1x4x4x20xf32>
  // PLAN-NEXT: %[[W:.*]] = plan.view @weights at 0 : !plan.buffer<2x20x16xf32>
  // PLAN-NEXT: %[[H:.*]] = plan.{{alloc|view}}
  // PLAN-NEXT: plan.launch @[[FC]](%[[N]], %[[W]], %[[H]]) id = 1
  %w = cnx.get_weight @fc.weight : tensor<20x20xf32>
  %h = cnx.linear %n, %w features = 20 : tensor<1x4x4x20xf32>, tensor<20x20xf32>
  // PLAN-NEXT: plan.launch @[[GELU]](%[[H]]) id = 2
  %a = cnx.gelu %h : tensor<1x4x4x20xf32>
  // What the GELU left in h, over the norm's result as the norm left it.
  // PLAN-NEXT: plan.launch @[[ADD]](%[[H]], %[[N]]) id = 3 {plan.versions = array<i64: 2, 1>}
  %o = cnx.add %n, %a : tensor<1x4x4x20xf32>, tensor<1x4x4x20xf32>
  // PLAN-NEXT: %[[POOLED:.*]] = plan.view @pooled at 0 : !plan.buffer<1x20xf32>
  // PLAN-NEXT: plan.launch @[[POOL]](%[[N]], %[[POOLED]]) id = 4 {plan.versions = array<i64: 2, 0>}
  %p = cnx.mean_pool %o : tensor<1x4x4x20xf32>
  return %p : tensor<1x20xf32>
}

// PLAN: plan.program @forward_b2 direction = "forward" batch = 2
// PLACED-SAME: attributes {plan.live_bytes = 8192 : i64}
// PLAN: plan.view @weights at 0
// PLAN: id = 9
func.func @forward_b2(%x: tensor<2x4x4x20xf32> {cnx.name = "image"}) -> (tensor<2x20xf32> {cnx.name = "pooled"}) {
  %n, %r = cnx.layer_norm %x eps = 1.0e-6 : tensor<2x4x4x20xf32>
  %w = cnx.get_weight @fc.weight : tensor<20x20xf32>
  %h = cnx.linear %n, %w features = 20 : tensor<2x4x4x20xf32>, tensor<20x20xf32>
  %a = cnx.gelu %h : tensor<2x4x4x20xf32>
  %o = cnx.add %n, %a : tensor<2x4x4x20xf32>, tensor<2x4x4x20xf32>
  %p = cnx.mean_pool %o : tensor<2x4x4x20xf32>
  return %p : tensor<2x20xf32>
}
}
