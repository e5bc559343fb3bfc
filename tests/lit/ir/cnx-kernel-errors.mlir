// One case a message of kernels.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{has no fusion}}
  %0 = cnx.kernel ""(%x) : (tensor<2x6xf32>) -> tensor<2x6xf32> {
  ^bb0(%a: tensor<2x6xf32>):
    cnx.yield %a : tensor<2x6xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{in_place holds pairs (result, operand), found an odd number of indices}}
  %0 = cnx.kernel "single"(%x) {in_place = array<i64: 0>} : (tensor<2x6xf32>) -> tensor<2x6xf32> {
  ^bb0(%a: tensor<2x6xf32>):
    cnx.yield %a : tensor<2x6xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{in_place pairs result 1 with operand 0, there are 1 results and 1 operands}}
  %0 = cnx.kernel "single"(%x) {in_place = array<i64: 1, 0>} : (tensor<2x6xf32>) -> tensor<2x6xf32> {
  ^bb0(%a: tensor<2x6xf32>):
    cnx.yield %a : tensor<2x6xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{result 0 of type 'tensor<2xf32>' cannot overwrite operand 0 of type 'tensor<2x6xf32>'}}
  %0 = cnx.kernel "single"(%x) {in_place = array<i64: 0, 0>} : (tensor<2x6xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<2x6xf32>):
    %r0, %r1 = cnx.layer_norm %a eps = 0.5 : tensor<2x6xf32>
    cnx.yield %r1 : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{block arguments ('tensor<2x7xf32>') do not mirror the operands ('tensor<2x6xf32>')}}
  %0 = cnx.kernel "single"(%x) : (tensor<2x6xf32>) -> tensor<2x7xf32> {
  ^bb0(%a: tensor<2x7xf32>):
    cnx.yield %a : tensor<2x7xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{yields ('tensor<2x6xf32>'), its results are ('tensor<2x7xf32>')}}
  %0 = cnx.kernel "single"(%x) : (tensor<2x6xf32>) -> tensor<2x7xf32> {
  ^bb0(%a: tensor<2x6xf32>):
    cnx.yield %a : tensor<2x6xf32>
  }
  return
}
