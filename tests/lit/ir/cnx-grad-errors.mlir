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
  // expected-error @+1 {{transpose_panels: operand has shape [2,6], expected [2,K,16]}}
  %0 = cnx.transpose_panels %a0 features = 20 : tensor<2x6xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x6x16xf32>) {
  // expected-error @+1 {{transpose_panels: operand has shape [2,6,16], expected [3,K,16]}}
  %0 = cnx.transpose_panels %a0 features = 33 : tensor<2x6x16xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x6x16xf32>) {
  // expected-error @+1 {{transpose_panels: features is 0, expected at least 1}}
  %0 = cnx.transpose_panels %a0 features = 0 : tensor<2x6x16xf32>
  return
}

// -----

func.func @f(%a0: tensor<6xf32>) {
  // expected-error @+1 {{transpose: weight has shape [6], expected [N,K] or [Co,Ci,k,k]}}
  %0 = cnx.transpose %a0 : tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<768xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3x256xf32>, %a4: tensor<3xf32>, %a5: tensor<3xf32>, %a6: tensor<16xf32>) {
  // expected-error @+1 {{adamw: param has shape [768], expected [blocks,numbers]}}
  %0, %1, %2 = cnx.adamw %a0, %a1, %a2, %a3, %a4, %a5, %a6 : tensor<768xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x128xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3x256xf32>, %a4: tensor<3xf32>, %a5: tensor<3xf32>, %a6: tensor<16xf32>) {
  // expected-error @+1 {{adamw: grad has shape [3,128], expected [3,256]}}
  %0, %1, %2 = cnx.adamw %a0, %a1, %a2, %a3, %a4, %a5, %a6 : tensor<3x256xf32>, tensor<3x128xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<2x256xf32>, %a3: tensor<3x256xf32>, %a4: tensor<3xf32>, %a5: tensor<3xf32>, %a6: tensor<16xf32>) {
  // expected-error @+1 {{adamw: moment1 has shape [2,256], expected [3,256]}}
  %0, %1, %2 = cnx.adamw %a0, %a1, %a2, %a3, %a4, %a5, %a6 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<2x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<768xf32>, %a4: tensor<3xf32>, %a5: tensor<3xf32>, %a6: tensor<16xf32>) {
  // expected-error @+1 {{adamw: moment2 has shape [768], expected [3,256]}}
  %0, %1, %2 = cnx.adamw %a0, %a1, %a2, %a3, %a4, %a5, %a6 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<768xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3x256xf32>, %a4: tensor<2xf32>, %a5: tensor<3xf32>, %a6: tensor<16xf32>) {
  // expected-error @+1 {{adamw: rate has shape [2], expected [3]}}
  %0, %1, %2 = cnx.adamw %a0, %a1, %a2, %a3, %a4, %a5, %a6 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<2xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3x256xf32>, %a4: tensor<3xf32>, %a5: tensor<256xf32>, %a6: tensor<16xf32>) {
  // expected-error @+1 {{adamw: decay has shape [256], expected [3]}}
  %0, %1, %2 = cnx.adamw %a0, %a1, %a2, %a3, %a4, %a5, %a6 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<256xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3x256xf32>, %a4: tensor<3xf32>, %a5: tensor<3xf32>, %a6: tensor<11xf32>) {
  // expected-error @+1 {{adamw: scalars has shape [11], expected [16]}}
  %0, %1, %2 = cnx.adamw %a0, %a1, %a2, %a3, %a4, %a5, %a6 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<11xf32>
  return
}

// -----

func.func @f(%a0: tensor<768xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3xf32>, %a4: tensor<3xf32>, %a5: tensor<16xf32>) {
  // expected-error @+1 {{sgd: param has shape [768], expected [blocks,numbers]}}
  %0, %1 = cnx.sgd %a0, %a1, %a2, %a3, %a4, %a5 : tensor<768xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x128xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3xf32>, %a4: tensor<3xf32>, %a5: tensor<16xf32>) {
  // expected-error @+1 {{sgd: grad has shape [3,128], expected [3,256]}}
  %0, %1 = cnx.sgd %a0, %a1, %a2, %a3, %a4, %a5 : tensor<3x256xf32>, tensor<3x128xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<2x256xf32>, %a3: tensor<3xf32>, %a4: tensor<3xf32>, %a5: tensor<16xf32>) {
  // expected-error @+1 {{sgd: moment1 has shape [2,256], expected [3,256]}}
  %0, %1 = cnx.sgd %a0, %a1, %a2, %a3, %a4, %a5 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<2x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<2xf32>, %a4: tensor<3xf32>, %a5: tensor<16xf32>) {
  // expected-error @+1 {{sgd: rate has shape [2], expected [3]}}
  %0, %1 = cnx.sgd %a0, %a1, %a2, %a3, %a4, %a5 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<2xf32>, tensor<3xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3xf32>, %a4: tensor<256xf32>, %a5: tensor<16xf32>) {
  // expected-error @+1 {{sgd: decay has shape [256], expected [3]}}
  %0, %1 = cnx.sgd %a0, %a1, %a2, %a3, %a4, %a5 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<256xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3xf32>, %a4: tensor<3xf32>, %a5: tensor<11xf32>) {
  // expected-error @+1 {{sgd: scalars has shape [11], expected [16]}}
  %0, %1 = cnx.sgd %a0, %a1, %a2, %a3, %a4, %a5 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<11xf32>
  return
}

// -----

func.func @f(%a0: tensor<768xf32>, %a1: tensor<3x256xf32>, %a2: tensor<16xf32>) {
  // expected-error @+1 {{average: ema has shape [768], expected [blocks,numbers]}}
  %0 = cnx.average %a0, %a1, %a2 : tensor<768xf32>, tensor<3x256xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x128xf32>, %a2: tensor<16xf32>) {
  // expected-error @+1 {{average: param has shape [3,128], expected [3,256]}}
  %0 = cnx.average %a0, %a1, %a2 : tensor<3x256xf32>, tensor<3x128xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<3x256xf32>, %a1: tensor<3x256xf32>, %a2: tensor<11xf32>) {
  // expected-error @+1 {{average: scalars has shape [11], expected [16]}}
  %0 = cnx.average %a0, %a1, %a2 : tensor<3x256xf32>, tensor<3x256xf32>, tensor<11xf32>
  return
}

// -----

func.func @f(%a0: tensor<768xf32>) {
  // expected-error @+1 {{block_squares: grad has shape [768], expected [blocks,numbers]}}
  %0 = cnx.block_squares %a0 : tensor<768xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x20x16xf32>, %a1: tensor<16xf32>) {
  // expected-error @+1 {{transpose_panels: a gain of "rows", expected of "inputs" or "outputs"}}
  %0 = cnx.transpose_panels %a0, %a1 of "rows" features = 20 : tensor<2x20x16xf32>, tensor<16xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x20x16xf32>, %a1: tensor<20xf32>) {
  // expected-error @+1 {{transpose_panels: gain has shape [20], expected 5 values or 16 with padding}}
  %0 = cnx.transpose_panels %a0, %a1 of "inputs" features = 20 channels = 5 : tensor<2x20x16xf32>, tensor<20xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x20x16xf32>) {
  // expected-error @+1 {{transpose_panels: channels is 3, expected a divisor of 20}}
  %0 = cnx.transpose_panels %a0 features = 20 channels = 3 : tensor<2x20x16xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x20x15xf32>, %a1: tensor<20xf32>) {
  // expected-error @+1 {{scale_outputs: weight has shape [2,20,15], expected [N,K], [N,K,k,k] or panels of either}}
  %0 = cnx.scale_outputs %a0, %a1 : tensor<2x20x15xf32>, tensor<20xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<6xf32>) {
  // expected-error @+1 {{scale_outputs: gain has shape [6], expected 5 values or 16 with padding}}
  %0 = cnx.scale_outputs %a0, %a1 : tensor<5x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<5xf32>) {
  // expected-error @+1 {{scale_inputs: gain has shape [5], expected 6 values or 16 with padding}}
  %0 = cnx.scale_inputs %a0, %a1 channels = 6 : tensor<5x6xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<6xf32>) {
  // expected-error @+1 {{scale_inputs: weight has shape [5,6], expected [N,7], [N,7,k,k] or panels of either}}
  %0 = cnx.scale_inputs %a0, %a1 channels = 7 : tensor<5x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<6xf32>) {
  // expected-error @+1 {{scale_inputs: channels is 0, expected at least 1}}
  %0 = cnx.scale_inputs %a0, %a1 channels = 0 : tensor<5x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<2x7x16xf32>, %a1: tensor<6xf32>, %a2: tensor<32xf32>, %a3: tensor<6xf32>) {
  // expected-error @+1 {{unfold_affine: gradient has shape [2,7,16], expected [N,6], [N,6,k,k] or panels of either}}
  %0 = cnx.unfold_affine %a0, %a1, %a2, %a3 channels = 6 : tensor<2x7x16xf32>, tensor<6xf32>, tensor<32xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x6x16xf32>, %a1: tensor<5xf32>, %a2: tensor<16xf32>, %a3: tensor<6xf32>) {
  // expected-error @+1 {{unfold_affine: gain has shape [5], expected 6 values or 16 with padding}}
  %0 = cnx.unfold_affine %a0, %a1, %a2, %a3 channels = 6 : tensor<1x6x16xf32>, tensor<5xf32>, tensor<16xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x6x16xf32>, %a1: tensor<6xf32>, %a2: tensor<5xf32>, %a3: tensor<6xf32>) {
  // expected-error @+1 {{unfold_affine: sums has shape [5], expected 16 values}}
  %0 = cnx.unfold_affine %a0, %a1, %a2, %a3 channels = 6 : tensor<1x6x16xf32>, tensor<6xf32>, tensor<5xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<1x6x16xf32>, %a1: tensor<6xf32>, %a2: tensor<16xf32>, %a3: tensor<5xf32>) {
  // expected-error @+1 {{unfold_affine: bias has shape [5], expected 6 values or 16 with padding}}
  %0 = cnx.unfold_affine %a0, %a1, %a2, %a3 channels = 6 : tensor<1x6x16xf32>, tensor<6xf32>, tensor<16xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%a0: tensor<6xf32>, %a1: tensor<6xf32>) {
  // expected-error @+1 {{dot_outputs: weight has shape [6], expected [N,K], [N,K,k,k] or panels of either}}
  %0 = cnx.dot_outputs %a0, %a1 : tensor<6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<6x5xf32>) {
  // expected-error @+1 {{dot_outputs: gradient has shape [6,5], expected [5,6]}}
  %0 = cnx.dot_outputs %a0, %a1 : tensor<5x6xf32>, tensor<6x5xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<5x6xf32>, %a2: tensor<5xf32>) {
  // expected-error @+1 {{dot_outputs: 3 operands, expected 2, or 4 with bias and sums}}
  %0 = cnx.dot_outputs %a0, %a1, %a2 : tensor<5x6xf32>, tensor<5x6xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<5x6xf32>, %a2: tensor<6xf32>, %a3: tensor<5xf32>) {
  // expected-error @+1 {{dot_outputs: bias has shape [6], expected 5 values or 16 with padding}}
  %0 = cnx.dot_outputs %a0, %a1, %a2, %a3 : tensor<5x6xf32>, tensor<5x6xf32>, tensor<6xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<5x6xf32>, %a2: tensor<5xf32>, %a3: tensor<6xf32>) {
  // expected-error @+1 {{dot_outputs: sums has shape [6], expected 5 values or 16 with padding}}
  %0 = cnx.dot_outputs %a0, %a1, %a2, %a3 : tensor<5x6xf32>, tensor<5x6xf32>, tensor<5xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<1x6x16xf32>) {
  // expected-error @+1 {{dot_inputs: gradient has shape [1,6,16], expected [5,6]}}
  %0 = cnx.dot_inputs %a0, %a1 channels = 6 : tensor<5x6xf32>, tensor<1x6x16xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<5x6xf32>) {
  // expected-error @+1 {{dot_inputs: weight has shape [5,6], expected [N,5], [N,5,k,k] or panels of either}}
  %0 = cnx.dot_inputs %a0, %a1 channels = 5 : tensor<5x6xf32>, tensor<5x6xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6xf32>, %a1: tensor<6xf32>) {
  // expected-error @+1 {{apply_transposed: sums has shape [6], expected 5 values or 16 with padding}}
  %0 = cnx.apply_transposed %a0, %a1 channels = 6 : tensor<5x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%a0: tensor<5x6x2xf32>, %a1: tensor<5xf32>) {
  // expected-error @+1 {{apply_transposed: weight has shape [5,6,2], expected [N,6], [N,6,k,k] or panels of either}}
  %0 = cnx.apply_transposed %a0, %a1 channels = 6 : tensor<5x6x2xf32>, tensor<5xf32>
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
