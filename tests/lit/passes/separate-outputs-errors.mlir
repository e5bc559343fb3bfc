// RUN: cnx-opt %s --cnx-separate-outputs --split-input-file --verify-diagnostics

// Two matrices have no gradient in common.
// expected-error @below {{grad.b is another parameter's gradient as well}}
func.func @matrix_twice(%dy: tensor<2x16xf32>, %x: tensor<2x4xf32>) -> (tensor<1x4x16xf32> {cnx.name = "grad.b"}, tensor<1x4x16xf32> {cnx.name = "grad.a"}) {
  %g = cnx.linear_grad_weight %dy, %x packed : tensor<2x16xf32>, tensor<2x4xf32>
  return %g, %g : tensor<1x4x16xf32>, tensor<1x4x16xf32>
}
