// An argument and a result of one name are one piece of memory: written in place. Other arguments
// are never written, and other results never over an argument.
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-form-kernels{fusion=false},cnx-mark-in-place,cnx-check-fused))' | FileCheck %s

// CHECK-LABEL: func.func @train_b1
func.func @train_b1(%a: tensor<4x32xf32> {cnx.name = "image"}, %sum: tensor<4x32xf32> {cnx.name = "grad.w"})
    -> (tensor<4x32xf32> {cnx.name = "grad.w"}, tensor<4x32xf32> {cnx.name = "copy"}) {
  // CHECK: %[[G:.*]] = cnx.kernel "single"(%{{.*}}) : (
  // CHECK: cnx.gelu
  %g = cnx.gelu %a : tensor<4x32xf32> loc("a")
  // CHECK: cnx.kernel "single"(%[[SUM:[a-z0-9_]+]], %[[G]]) {in_place = array<i64: 0, 0>}
  // CHECK: cnx.add
  %s = cnx.add %sum, %g : tensor<4x32xf32>, tensor<4x32xf32> loc("b")
  // CHECK: cnx.kernel "single"(%{{.*}}, %[[G]]) : (
  // CHECK: cnx.add
  %c = cnx.add %a, %g : tensor<4x32xf32>, tensor<4x32xf32> loc("c")
  return %s, %c : tensor<4x32xf32>, tensor<4x32xf32>
}

// The argument may stand at either side.
// CHECK-LABEL: func.func @update
func.func @update(%p: tensor<3x256xf32> {cnx.name = "param"}, %g: tensor<3x256xf32> {cnx.name = "grad"}, %m: tensor<3x256xf32> {cnx.name = "moment1"}, %r: tensor<3xf32> {cnx.name = "rate"}, %d: tensor<3xf32> {cnx.name = "decay"}, %s: tensor<16xf32> {cnx.name = "scalars"})
    -> (tensor<3x256xf32> {cnx.name = "param"}, tensor<3x256xf32> {cnx.name = "moment1"}) {
  // CHECK: cnx.kernel "single"(%{{.*}}) {in_place = array<i64: 0, 0, 1, 2>}
  %0, %1 = cnx.sgd %p, %g, %m, %r, %d, %s : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32> loc("update")
  return %0, %1 : tensor<3x256xf32>, tensor<3x256xf32>
}
