// Ops become kernels; the residual stream stays in one buffer.
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-form-kernels{fusion=false},cnx-mark-in-place,cnx-check-fused))' | FileCheck %s --check-prefix=SINGLE
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-form-kernels,cnx-mark-in-place,cnx-check-fused))' --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=FUSED
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-form-kernels{explain=true}))' -o /dev/null 2>&1 | FileCheck %s --check-prefix=EXPLAIN

cnx.weight @dw : tensor<32x1x7x7xf32>
cnx.weight @v : tensor<32xf32>

func.func @forward_b1(%image: tensor<1x8x8x32xf32> {cnx.name = "image"}) -> (tensor<1x8x8x32xf32> {cnx.name = "out"}) {
  %dw = cnx.get_weight @dw : tensor<32x1x7x7xf32>
  %taps = cnx.pack_taps %dw : tensor<32x1x7x7xf32>
  %v0 = cnx.get_weight @v : tensor<32xf32>
  %v = cnx.pad_vector %v0 : tensor<32xf32>

  // The input is the caller's: not overwritten.
  // SINGLE: %[[X:.*]] = cnx.kernel "single"(%{{.*}}) : (
  // SINGLE: cnx.gelu
  %x = cnx.gelu %image : tensor<1x8x8x32xf32> loc("stem")

  // SINGLE: %[[D:.*]] = cnx.kernel "single"(%[[X]], %{{.*}}, %{{.*}}) : (
  // SINGLE-NEXT: ^bb0(%{{.*}}: tensor<1x8x8x32xf32>, %{{.*}}: tensor<7x7x32xf32>, %{{.*}}: tensor<32xf32>):
  // SINGLE-NEXT: cnx.dwconv
  // SINGLE-NEXT: cnx.yield
  // FUSED: %b.dwconv_norm = cnx.kernel "dwconv_norm"
  // FUSED: cnx.dwconv
  // FUSED-NEXT: cnx.layer_norm
  // FUSED-NEXT: cnx.yield %{{.*}} : tensor<1x8x8x32xf32>
  // EXPLAIN: remark: loc("b.conv_dw"): fused as dwconv_norm: dwconv layer_norm
  %d = cnx.dwconv %x, %taps, %v kernel = 7 : tensor<1x8x8x32xf32>, tensor<7x7x32xf32>, tensor<32xf32> loc("b.conv_dw")
  // SINGLE: %[[N:.*]] = cnx.kernel "single"(%[[D]]) : (
  // SINGLE: cnx.layer_norm
  %n, %r = cnx.layer_norm %d eps = 1.0e-6 : tensor<1x8x8x32xf32> loc("b.norm")
  // SINGLE: %[[S:.*]] = cnx.kernel "single"(%[[N]], %{{.*}}) {in_place = array<i64: 0, 0>}
  // SINGLE: cnx.scale
  %s = cnx.scale %n, %v : tensor<1x8x8x32xf32>, tensor<32xf32> loc("b.gamma")
  // x is still read by the second residual, so the sum goes over the other operand.
  // SINGLE: %[[Y:.*]] = cnx.kernel "single"(%[[X]], %[[S]]) {in_place = array<i64: 0, 1>}
  // SINGLE: cnx.add
  %y = cnx.add %x, %s : tensor<1x8x8x32xf32>, tensor<1x8x8x32xf32> loc("b")
  // SINGLE: %[[Z:.*]] = cnx.kernel "single"(%[[X]], %[[Y]]) {in_place = array<i64: 0, 0>}
  %z = cnx.add %x, %y : tensor<1x8x8x32xf32>, tensor<1x8x8x32xf32> loc("c")
  // An op that reads its operand at other places may not write over it.
  // SINGLE: cnx.kernel "single"(%[[Z]], %{{.*}}) : (
  // SINGLE: cnx.dwconv
  // EXPLAIN: remark: loc("d.conv_dw"): not fused as dwconv_norm: {{.+}}
  %o = cnx.dwconv %z, %taps kernel = 7 : tensor<1x8x8x32xf32>, tensor<7x7x32xf32> loc("d.conv_dw")
  return %o : tensor<1x8x8x32xf32>
}
