// One case a message of the backward ops.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

func.func @f(%a0: tensor<1x2x2x5xf32>, %a1: tensor<1x2x2x5xf32>, %a2: tensor<1xf32>) {
  // expected-error @+1 {{softmax_xent: logits has shape [1,2,2,5], expected [N,K]}}
  %0, %1 = cnx.softmax_xent %a0, %a1, %a2 : tensor<1x2x2x5xf32>, tensor<1x2x2x5xf32>, tensor<1xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<2x4xf32>, %a2: tensor<2xf32>) {
  // expected-error @+1 {{softmax_xent: targets has shape [2,4], expected [2,5]}}
  %0, %1 = cnx.softmax_xent %a0, %a1, %a2 : tensor<2x5xf32>, tensor<2x4xf32>, tensor<2xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<2x5xf32>, %a2: tensor<5xf32>) {
  // expected-error @+1 {{softmax_xent: weight has shape [5], expected [2]}}
  %0, %1 = cnx.softmax_xent %a0, %a1, %a2 : tensor<2x5xf32>, tensor<2x5xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x3x5xf32>) {
  // expected-error @+1 {{sum_rows: input has shape [2,3,5], expected [N,H,W,C] or [N,C]}}
  %0 = cnx.sum_rows %a0 : tensor<2x3x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<2x4xf32>) {
  // expected-error @+1 {{sum_rows_product: right operand has shape [2,4], expected [2,5]}}
  %0 = cnx.sum_rows_product %a0, %a1 : tensor<2x5xf32>, tensor<2x4xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<1x2x3x5xf32>) {
  // expected-error @+1 {{sum_image_product: left operand has shape [2,5], expected [N,H,W,C]}}
  %0 = cnx.sum_image_product %a0, %a1 : tensor<2x5xf32>, tensor<1x2x3x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<1x3x2x5xf32>) {
  // expected-error @+1 {{sum_image_product: right operand has shape [1,3,2,5], expected [1,2,3,5]}}
  %0 = cnx.sum_image_product %a0, %a1 : tensor<1x2x3x5xf32>, tensor<1x3x2x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<2x4xf32>) {
  // expected-error @+1 {{gelu_grad: input has shape [2,4], expected [2,5]}}
  %0 = cnx.gelu_grad %a0, %a1 : tensor<2x5xf32>, tensor<2x4xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<4x5xf32>) {
  // expected-error @+1 {{linear_grad_input: weight has shape [4,5], expected [5,K]}}
  %0 = cnx.linear_grad_input %a0, %a1 : tensor<2x5xf32>, tensor<4x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<1x5x16xf32>) {
  // expected-error @+1 {{linear_grad_input: weight has shape [1,5,16], expected [5,K]}}
  %0 = cnx.linear_grad_input %a0, %a1 : tensor<2x5xf32>, tensor<1x5x16xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<1x3x2x4xf32>) {
  // expected-error @+1 {{linear_grad_weight: input has shape [1,3,2,4], expected [1,2,3,4]}}
  %0 = cnx.linear_grad_weight %a0, %a1 : tensor<1x2x3x5xf32>, tensor<1x3x2x4xf32>
  return
}

// -----

func.func @f(%a0: tensor<6x5xf32>, %a1: tensor<1x2x3x4xf32>) {
  // expected-error @+1 {{linear_grad_weight: input has shape [1,2,3,4], expected [6,4]}}
  %0 = cnx.linear_grad_weight %a0, %a1 : tensor<6x5xf32>, tensor<1x2x3x4xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<2x4xf32>, %a2: tensor<2xf32>) {
  // expected-error @+1 {{layer_norm_grad: xhat has shape [2,4], expected [2,5]}}
  %0 = cnx.layer_norm_grad %a0, %a1, %a2 : tensor<2x5xf32>, tensor<2x4xf32>, tensor<2xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>, %a1: tensor<2x5xf32>, %a2: tensor<5xf32>) {
  // expected-error @+1 {{layer_norm_grad: rstd has shape [5], expected [2]}}
  %0 = cnx.layer_norm_grad %a0, %a1, %a2 : tensor<2x5xf32>, tensor<2x5xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<5x4x2x2xf32>) {
  // expected-error @+1 {{patch_conv_grad_input: kernel is 0, expected at least 1}}
  %0 = cnx.patch_conv_grad_input %a0, %a1 kernel = 0 channels = 4 height = 5 width = 6 : tensor<1x2x3x5xf32>, tensor<5x4x2x2xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<5x4x2x2xf32>) {
  // expected-error @+1 {{patch_conv_grad_input: a map of 5x8 has 2x4 patches of 2x2, dy has 2x3}}
  %0 = cnx.patch_conv_grad_input %a0, %a1 kernel = 2 channels = 4 height = 5 width = 8 : tensor<1x2x3x5xf32>, tensor<5x4x2x2xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<6x4x2x2xf32>) {
  // expected-error @+1 {{patch_conv_grad_input: weight has shape [6,4,2,2], expected [5,4,2,2]}}
  %0 = cnx.patch_conv_grad_input %a0, %a1 kernel = 2 channels = 4 height = 5 width = 7 : tensor<1x2x3x5xf32>, tensor<6x4x2x2xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<1x16x16xf32>) {
  // expected-error @+1 {{patch_conv_grad_input: weight has shape [1,16,16], expected [1,5,16]}}
  %0 = cnx.patch_conv_grad_input %a0, %a1 kernel = 2 channels = 4 height = 5 width = 7 : tensor<1x2x3x5xf32>, tensor<1x16x16xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<1x5x7x4xf32>) {
  // expected-error @+1 {{patch_conv_grad_weight: kernel is 0, expected at least 1}}
  %0 = cnx.patch_conv_grad_weight %a0, %a1 kernel = 0 : tensor<1x2x3x5xf32>, tensor<1x5x7x4xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<1x5x8x4xf32>) {
  // expected-error @+1 {{patch_conv_grad_weight: dy has shape [1,2,3,5], expected [1,2,4,5]}}
  %0 = cnx.patch_conv_grad_weight %a0, %a1 kernel = 2 : tensor<1x2x3x5xf32>, tensor<1x5x8x4xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<5x1x2x2xf32>) {
  // expected-error @+1 {{dwconv_grad_input: kernel is 2, expected an odd number}}
  %0 = cnx.dwconv_grad_input %a0, %a1 kernel = 2 : tensor<1x2x3x5xf32>, tensor<5x1x2x2xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<4x1x3x3xf32>) {
  // expected-error @+1 {{dwconv_grad_input: weight has shape [4,1,3,3], expected [5,1,3,3]}}
  %0 = cnx.dwconv_grad_input %a0, %a1 kernel = 3 : tensor<1x2x3x5xf32>, tensor<4x1x3x3xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<3x3x5xf32>) {
  // expected-error @+1 {{dwconv_grad_input: weight has shape [3,3,5], expected [3,3,16]}}
  %0 = cnx.dwconv_grad_input %a0, %a1 kernel = 3 : tensor<1x2x3x5xf32>, tensor<3x3x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<1x3x2x5xf32>) {
  // expected-error @+1 {{dwconv_grad_weight: input has shape [1,3,2,5], expected [1,2,3,5]}}
  %0 = cnx.dwconv_grad_weight %a0, %a1 kernel = 3 : tensor<1x2x3x5xf32>, tensor<1x3x2x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<1x2x3x5xf32>) {
  // expected-error @+1 {{dwconv_grad_weight: kernel is 4, expected an odd number}}
  %0 = cnx.dwconv_grad_weight %a0, %a1 kernel = 4 : tensor<1x2x3x5xf32>, tensor<1x2x3x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<4xf32>, %a2: tensor<1x5xf32>) {
  // expected-error @+1 {{grn_factor_grad: gamma has shape [4], expected 5 values or 16 with padding}}
  %0, %1 = cnx.grn_factor_grad %a0, %a1, %a2 eps = 0.5 : tensor<1x2x3x5xf32>, tensor<4xf32>, tensor<1x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<5xf32>, %a2: tensor<2x5xf32>) {
  // expected-error @+1 {{grn_factor_grad: du has shape [2,5], expected [1,5]}}
  %0, %1 = cnx.grn_factor_grad %a0, %a1, %a2 eps = 0.5 : tensor<1x2x3x5xf32>, tensor<5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<5xf32>, %a2: tensor<1x5xf32>) {
  // expected-error @+1 {{grn_factor_grad: eps is 0.00, expected more than 0}}
  %0, %1 = cnx.grn_factor_grad %a0, %a1, %a2 eps = 0.0 : tensor<1x2x3x5xf32>, tensor<5xf32>, tensor<1x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>) {
  // expected-error @+1 {{mean_pool_grad: dy has shape [1,2,3,5], expected [N,C]}}
  %0 = cnx.mean_pool_grad %a0 height = 2 width = 3 : tensor<1x2x3x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x5xf32>) {
  // expected-error @+1 {{mean_pool_grad: a map of 0x3, expected at least 1x1}}
  %0 = cnx.mean_pool_grad %a0 height = 0 width = 3 : tensor<2x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x2x3x5xf32>, %a1: tensor<5x4x2x2xf32>) {
  // expected-error @+1 {{patch_conv_grad_input: channels is 0, expected at least 1}}
  %0 = cnx.patch_conv_grad_input %a0, %a1 kernel = 2 channels = 0 height = 5 width = 7 : tensor<1x2x3x5xf32>, tensor<5x4x2x2xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x6xf32>) {
  // expected-error @+1 {{image_norm: input has shape [2,6], expected [N,H,W,C]}}
  %0 = cnx.image_norm %a0 : tensor<2x6xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x6x5xf32>, %a1: tensor<5xf32>) {
  // expected-error @+1 {{grn_factor: input has shape [2,6,5], expected [N,H,W,C] or [N,C]}}
  %0 = cnx.grn_factor %a0, %a1 eps = 0.5 : tensor<2x6x5xf32>, tensor<5xf32>
  return
}
