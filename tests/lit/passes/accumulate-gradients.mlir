// Gradients add to what their memory holds; other results do not.
// RUN: cnx-opt %s --cnx-accumulate-gradients | FileCheck %s
// RUN: cnx-opt %s --cnx-accumulate-gradients --cnx-accumulate-gradients | FileCheck %s

cnx.weight @v : tensor<16xf32>
cnx.weight @w : tensor<16xf32>

// CHECK-LABEL: func.func @train_b1
// CHECK-SAME: (%[[DY:.*]]: tensor<2x16xf32> {cnx.name = "image"}, %[[V:.*]]: tensor<16xf32> {cnx.name = "grad.v"}, %[[W:.*]]: tensor<16xf32> {cnx.name = "grad.w"}) ->
func.func @train_b1(%dy: tensor<2x16xf32> {cnx.name = "image"})
    -> (tensor<2x16xf32> {cnx.name = "logits"}, tensor<16xf32> {cnx.name = "grad.v"}, tensor<16xf32> {cnx.name = "grad.w"}, tensor<2x16xf32> {cnx.name = "grad_input"}) {
  // CHECK-NEXT: %[[S:.*]] = cnx.sum_rows
  // CHECK-DAG: %[[SV:.*]] = cnx.add %[[V]], %[[S]]
  // CHECK-DAG: %[[SW:.*]] = cnx.add %[[W]], %[[S]]
  // CHECK: %[[G:.*]] = cnx.gelu
  // CHECK: return %[[G]], %[[SV]], %[[SW]], %[[G]]
  %0 = cnx.sum_rows %dy packed : tensor<2x16xf32>
  %1 = cnx.gelu %dy : tensor<2x16xf32>
  return %1, %0, %0, %1 : tensor<2x16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<2x16xf32>
}
