// RUN: cnx-opt %s --cnx-check-ir --split-input-file --verify-diagnostics

// expected-error @below {{argument 0 has no cnx.name}}
func.func @forward_b1(%x: tensor<1x3xf32>) -> (tensor<1x3xf32> {cnx.name = "logits"}) {
  %y = cnx.gelu %x : tensor<1x3xf32> loc("act")
  return %y : tensor<1x3xf32>
}

// -----

// expected-error @below {{result 0 has no cnx.name}}
func.func @forward_b1(%x: tensor<1x3xf32> {cnx.name = "image"}) -> tensor<1x3xf32> {
  %y = cnx.gelu %x : tensor<1x3xf32> loc("act")
  return %y : tensor<1x3xf32>
}

// -----

// expected-error @below {{result 0: name "image" is taken}}
func.func @forward_b1(%x: tensor<1x3xf32> {cnx.name = "image"}) -> (tensor<1x3xf32> {cnx.name = "image"}) {
  %y = cnx.gelu %x : tensor<1x3xf32> loc("act")
  return %y : tensor<1x3xf32>
}

// -----

func.func @forward_b1(%x: tensor<1x3xf32> {cnx.name = "image"}) -> (tensor<1x3xf32> {cnx.name = "logits"}) {
  // expected-error @below {{has no layer: expected a location loc("layer.path")}}
  %y = cnx.gelu %x : tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// -----

// expected-error @below {{expected a body of one block}}
func.func private @forward_b1(tensor<1x3xf32>) -> tensor<1x3xf32>
