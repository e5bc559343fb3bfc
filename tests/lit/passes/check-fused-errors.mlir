// RUN: cnx-opt %s --cnx-check-fused --split-input-file --verify-diagnostics

func.func @forward_b1(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  // expected-error @below {{is in no kernel}}
  %y = cnx.gelu %x : tensor<1x3xf32>
  %z = cnx.kernel "single"(%y) : (tensor<1x3xf32>) -> tensor<1x3xf32> {
  ^bb0(%a: tensor<1x3xf32>):
    %b = cnx.gelu %a : tensor<1x3xf32>
    cnx.yield %b : tensor<1x3xf32>
  }
  return %z : tensor<1x3xf32>
}

// -----

func.func @forward_b1(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  // expected-error @below {{result 0 is not the output of a kernel that nobody else reads}}
  return %x : tensor<1x3xf32>
}

// -----

func.func @forward_b1(%x: tensor<1x3xf32>) -> (tensor<1x3xf32>, tensor<1x3xf32>) {
  %y = cnx.kernel "single"(%x) : (tensor<1x3xf32>) -> tensor<1x3xf32> {
  ^bb0(%a: tensor<1x3xf32>):
    %b = cnx.gelu %a : tensor<1x3xf32>
    cnx.yield %b : tensor<1x3xf32>
  }
  %z = cnx.kernel "single"(%y) : (tensor<1x3xf32>) -> tensor<1x3xf32> {
  ^bb0(%a: tensor<1x3xf32>):
    %b = cnx.gelu %a : tensor<1x3xf32>
    cnx.yield %b : tensor<1x3xf32>
  }
  // expected-error @below {{result 0 is not the output of a kernel that nobody else reads}}
  return %y, %z : tensor<1x3xf32>, tensor<1x3xf32>
}
