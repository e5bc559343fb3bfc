// One case a message of the ops of the update.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

func.func @f(%a0: tensor<768xf32>, %a1: tensor<3x256xf32>, %a2: tensor<3x256xf32>, %a3: tensor<3x256xf32>, %a4: tensor<3xf32>, %a5: tensor<3xf32>, %a6: tensor<16xf32>) {
  // expected-error @+1 {{adamw: grad has shape [3,256], expected [768]}}
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
  // expected-error @+1 {{sgd: grad has shape [3,256], expected [768]}}
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

func.func @f(%a0: tensor<2x40x16xf32>, %a1: tensor<2x40x16xf32>, %a2: tensor<2x40x16xf32>, %a3: tensor<2xf32>, %a4: tensor<1xf32>, %a5: tensor<16xf32>) {
  // expected-error @+1 {{sgd: rate has shape [2], expected [1]}}
  %0, %1 = cnx.sgd %a0, %a1, %a2, %a3, %a4, %a5 : tensor<2x40x16xf32>, tensor<2x40x16xf32>, tensor<2x40x16xf32>, tensor<2xf32>, tensor<1xf32>, tensor<16xf32>
  return
}
