// A value that an op outside reads leaves its kernel.
// RUN: cnx-opt %s --cnx-form-kernels --cnx-mark-in-place --cnx-check-fused | FileCheck %s

// CHECK-LABEL: func.func @forward_b1
func.func @forward_b1(%image: tensor<1x8x8x32xf32> {cnx.name = "image"}) -> (tensor<1x8x8x32xf32> {cnx.name = "xhat"}, tensor<1x8x8xf32> {cnx.name = "rstd"}) {
  // CHECK: %[[K:.*]]:2 = cnx.kernel "single"
  // CHECK: %[[XHAT:.*]], %[[RSTD:.*]] = cnx.layer_norm
  // CHECK: cnx.yield %[[XHAT]], %[[RSTD]]
  %n, %r = cnx.layer_norm %image eps = 1.0e-6 : tensor<1x8x8x32xf32>
  // CHECK: return %[[K]]#0, %[[K]]#1
  return %n, %r : tensor<1x8x8x32xf32>, tensor<1x8x8xf32>
}
