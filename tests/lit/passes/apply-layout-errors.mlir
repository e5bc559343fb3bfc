// A gradient that has no packed form of its parameter.
// RUN: cnx-opt %s --cnx-apply-layout --split-input-file --verify-diagnostics

cnx.weight @v : tensor<6xf32>
// expected-error @below {{the gradient of @v is 'tensor<6xf32>', which has no packed form of 'tensor<6xf32>'}}
func.func @train_b1(%dv: tensor<6xf32>) -> (tensor<6xf32> {cnx.name = "grad.v"}) {
  return %dv : tensor<6xf32>
}

// -----

cnx.weight @v : tensor<6xf32>
// expected-error @below {{the gradient of @v is 'tensor<7xf32>', which has no packed form of 'tensor<6xf32>'}}
func.func @train_b1(%dy: tensor<2x7xf32>) -> (tensor<7xf32> {cnx.name = "grad.v"}) {
  %0 = cnx.sum_rows %dy : tensor<2x7xf32>
  return %0 : tensor<7xf32>
}

// -----

// expected-error @below {{result 0 is the gradient of @v, which the module does not have}}
func.func @train_b1(%dy: tensor<2x7xf32>) -> (tensor<7xf32> {cnx.name = "grad.v"}) {
  %0 = cnx.sum_rows %dy : tensor<2x7xf32>
  return %0 : tensor<7xf32>
}
