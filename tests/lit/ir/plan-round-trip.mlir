// Every op of `plan`: text to text, and through bytecode, unchanged.
// RUN: cnx-opt %s --verify-roundtrip | cnx-opt | FileCheck %s
// RUN: cnx-opt %s --emit-bytecode | cnx-opt | FileCheck %s

// CHECK: plan.parameter @norm.bias [6] {file = "m.safetensors", tensor = "norm.b"}
plan.parameter @norm.bias [6] {file = "m.safetensors", tensor = "norm.b"}
// CHECK: plan.parameter @fc.weight [24, 6] {init = #plan<init trunc_normal>, init_value = 2.500000e-01 : f64, seed = 7 : i64}
plan.parameter @fc.weight [24, 6] {init = #plan<init trunc_normal>, init_value = 0.25, seed = 7 : i64}
// CHECK: plan.segment @weights kind = weights bytes = 64
plan.segment @weights kind = weights bytes = 64
// CHECK: plan.segment @param kind = param bytes = 0
plan.segment @param kind = param bytes = 0
// CHECK: plan.segment @grad kind = grad bytes = 0
plan.segment @grad kind = grad bytes = 0
// CHECK: plan.segment @kept kind = grad bytes = 64 {arena_offset = 128 : i64}
plan.segment @kept kind = grad bytes = 64 {arena_offset = 128 : i64}
// CHECK: plan.segment @opt kind = opt bytes = 0
plan.segment @opt kind = opt bytes = 0
// CHECK: plan.segment @arena kind = arena bytes = 4096
plan.segment @arena kind = arena bytes = 4096
// CHECK: plan.segment @image kind = io bytes = 96
plan.segment @image kind = io bytes = 96
// CHECK: plan.constant @norm.bias.padded in @weights at 0 bytes = 64 expr = "pad_vector(@norm.bias)" shape = [16]
plan.constant @norm.bias.padded in @weights at 0 bytes = 64 expr = "pad_vector(@norm.bias)" shape = [16]
// CHECK: plan.kernel @single_x01234567 fusion = "single" access = ["r", "rw", "w"] scalars = 2 flops = 48 bytes = 192 graph = "{}"
plan.kernel @single_x01234567 fusion = "single" access = ["r", "rw", "w"] scalars = 2 flops = 48 bytes = 192 graph = "{}"
// CHECK: plan.kernel @nothing fusion = "single" access = [] scalars = 0 flops = 0 bytes = 0 graph = "{}"
plan.kernel @nothing fusion = "single" access = [] scalars = 0 flops = 0 bytes = 0 graph = "{}"
// CHECK: plan.program @forward_b1 direction = "forward" batch = 1 {
plan.program @forward_b1 direction = "forward" batch = 1 {
  // CHECK: %[[IMAGE:.*]] = plan.view @image at 0 : !plan.buffer<1x3x9x8xui8>
  %image = plan.view @image at 0 : !plan.buffer<1x3x9x8xui8>
  // CHECK: %[[X:.*]] = plan.view @arena at 128 : !plan.buffer<1x2x2x6xf32, pitch = 16>
  %x = plan.view @arena at 128 : !plan.buffer<1x2x2x6xf32, pitch = 16>
  // A dense buffer has no pitch.
  // CHECK: %[[Y:.*]] = plan.alloc : !plan.buffer<2x16xbf16>
  %y = plan.alloc : !plan.buffer<2x16xbf16, pitch = 16>
  // CHECK: plan.launch @single_x01234567(%[[IMAGE]], %[[X]], %[[Y]]) scalars [0.5, 0.25] id = 0 : !plan.buffer<1x3x9x8xui8>, !plan.buffer<1x2x2x6xf32, pitch = 16>, !plan.buffer<2x16xbf16>
  plan.launch @single_x01234567(%image, %x, %y) scalars [0.5, 0.25] id = 0 : !plan.buffer<1x3x9x8xui8>, !plan.buffer<1x2x2x6xf32, pitch = 16>, !plan.buffer<2x16xbf16>
  // CHECK: plan.launch @nothing() id = 1
  plan.launch @nothing() id = 1
}
