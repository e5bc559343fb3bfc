// An update stands behind the last kernel that reads the parameter, or behind the one that makes the
// gradient; results that are no gradients stay where they are.
// RUN: cnx-opt %s --cnx-immediate-update=optimizer=sgd --cnx-mark-in-place --cnx-check-fused | FileCheck %s
// RUN: cnx-opt %s --cnx-immediate-update=optimizer=sgd --cnx-immediate-update=optimizer=sgd --cnx-mark-in-place | FileCheck %s
// RUN: cnx-opt %s --cnx-immediate-update | FileCheck %s --check-prefix=ADAMW

cnx.weight @b : tensor<16xf32>
cnx.weight @frozen : tensor<16xf32> {frozen}

// CHECK-LABEL: func.func @train_b1
// CHECK-SAME: (%[[X:.*]]: tensor<2x16xf32> {cnx.name = "image"}, %[[S:.*]]: tensor<16xf32> {cnx.name = "scalars"}, %[[B:.*]]: tensor<16xf32> {cnx.name = "param.b"}, %[[M:.*]]: tensor<16xf32> {cnx.name = "moment1.b"}, %[[R:.*]]: tensor<1xf32> {cnx.name = "rate.b"}, %[[D:.*]]: tensor<1xf32> {cnx.name = "decay.b"})
// CHECK-SAME: -> (tensor<2x16xf32> {cnx.name = "logits"}, tensor<16xf32> {cnx.name = "param.b"}, tensor<16xf32> {cnx.name = "moment1.b"})
// ADAMW: {cnx.name = "moment2.b"}
// ADAMW: cnx.adamw
func.func @train_b1(%x: tensor<2x16xf32> {cnx.name = "image"})
    -> (tensor<16xf32> {cnx.name = "grad.b"}, tensor<2x16xf32> {cnx.name = "logits"}) {
  %0 = cnx.get_weight @b : tensor<16xf32>
  %b = cnx.pad_vector %0 : tensor<16xf32>
  %1 = cnx.get_weight @frozen : tensor<16xf32>
  %f = cnx.pad_vector %1 : tensor<16xf32>
  // CHECK: %[[G:.*]] = cnx.kernel "single"(%[[X]])
  // CHECK: cnx.sum_rows
  %g = cnx.kernel "single"(%x) : (tensor<2x16xf32>) -> tensor<16xf32> {
  ^bb0(%a: tensor<2x16xf32>):
    %2 = cnx.sum_rows %a packed : tensor<2x16xf32>
    cnx.yield %2 : tensor<16xf32>
  }
  // CHECK: %[[Y:.*]] = cnx.kernel "single"(%[[X]],
  // CHECK: cnx.scale
  %y = cnx.kernel "single"(%x, %b) : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32> {
  ^bb0(%a: tensor<2x16xf32>, %w: tensor<16xf32>):
    %2 = cnx.scale %a, %w : tensor<2x16xf32>, tensor<16xf32>
    cnx.yield %2 : tensor<2x16xf32>
  }
  // CHECK: %[[U:.*]]:2 = cnx.kernel "single"(%[[B]], %[[G]], %[[M]], %[[R]], %[[D]], %[[S]]) {in_place = array<i64: 0, 0, 1, 2>}
  // CHECK: cnx.sgd
  // CHECK: %[[Z:.*]] = cnx.kernel "single"(%[[Y]],
  %z = cnx.kernel "single"(%y, %f) : (tensor<2x16xf32>, tensor<16xf32>) -> tensor<2x16xf32> {
  ^bb0(%a: tensor<2x16xf32>, %w: tensor<16xf32>):
    %2 = cnx.scale %a, %w : tensor<2x16xf32>, tensor<16xf32>
    cnx.yield %2 : tensor<2x16xf32>
  }
  // CHECK: return %[[Z]], %[[U]]#0, %[[U]]#1
  return %g, %z : tensor<16xf32>, tensor<2x16xf32>
}

// Without gradients nothing changes.
// CHECK-LABEL: func.func @forward_b1(%{{.*}}: tensor<2x16xf32> {cnx.name = "image"}) -> (tensor<2x16xf32> {cnx.name = "logits"})
func.func @forward_b1(%x: tensor<2x16xf32> {cnx.name = "image"}) -> (tensor<2x16xf32> {cnx.name = "logits"}) {
  %z = cnx.kernel "single"(%x) : (tensor<2x16xf32>) -> tensor<2x16xf32> {
  ^bb0(%a: tensor<2x16xf32>):
    %2 = cnx.gelu %a : tensor<2x16xf32>
    cnx.yield %2 : tensor<2x16xf32>
  }
  return %z : tensor<2x16xf32>
}
