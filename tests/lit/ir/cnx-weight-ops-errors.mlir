// One case a message of arithmetic on weights.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

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
