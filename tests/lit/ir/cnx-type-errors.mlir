// What inference says of operands that no layer takes, in the words that all ops share.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x6xf32>) {
  // expected-error @+1 {{gelu: input is 'tensor<?x6xf32>', expected a tensor of static, positive extents of f32}}
  %0 = cnx.gelu %x : tensor<?x6xf32>
  return
}

// -----

func.func @f(%x: tensor<*xf32>) {
  // expected-error @+1 {{gelu: input is 'tensor<*xf32>', expected}}
  %0 = cnx.gelu %x : tensor<*xf32>
  return
}

// -----

func.func @f(%x: tensor<2x6xf64>) {
  // expected-error @+1 {{gelu: input is 'tensor<2x6xf64>', expected}}
  %0 = cnx.gelu %x : tensor<2x6xf64>
  return
}

// -----

func.func @f(%x: tensor<0x6xf32>) {
  // expected-error @+1 {{gelu: input is 'tensor<0x6xf32>', expected}}
  %0 = cnx.gelu %x : tensor<0x6xf32>
  return
}

// -----

func.func @f(%x: f32) {
  // expected-error @+1 {{gelu: input is 'f32', expected}}
  %0 = cnx.gelu %x : f32
  return
}

// -----

func.func @f(%x: tensor<1x3x4x4xi8>) {
  // expected-error @+1 {{relayout: input is 'tensor<1x3x4x4xi8>', expected a tensor of static, positive extents of f32 or ui8}}
  %0 = cnx.relayout %x to "nhwc" : tensor<1x3x4x4xi8>
  return
}

// -----

func.func @f(%x: tensor<2x6xf32>) {
  // expected-error @+1 {{mean_pool: input has shape [2,6], expected [N,H,W,C]}}
  %0 = cnx.mean_pool %x : tensor<2x6xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3x6xf32>) {
  // expected-error @+1 {{gelu: input has shape [2,3,6], expected [N,H,W,C] or [N,C]}}
  %0 = cnx.gelu %x : tensor<2x3x6xf32>
  return
}

// -----

func.func @f(%x: tensor<2x6xf32>, %v: tensor<5xf32>) {
  // expected-error @+1 {{scale: gamma has shape [5], expected 6 values or 16 with padding}}
  %0 = cnx.scale %x, %v : tensor<2x6xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%x: tensor<2x6xf32>, %v: tensor<8xf32>) {
  // expected-error @+1 {{scale: gamma has shape [8], expected 6 values or 16 with padding}}
  %0 = cnx.scale %x, %v : tensor<2x6xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<2x32xf32>, %v: tensor<1x32xf32>) {
  // expected-error @+1 {{scale: gamma has shape [1,32], expected 32 values}}
  %0 = cnx.scale %x, %v : tensor<2x32xf32>, tensor<1x32xf32>
  return
}

// -----

// The generic form states result types; inference judges them too.
func.func @f(%x: tensor<2x6xf32>) {
  // expected-error @+2 {{'cnx.gelu' op failed to infer returned types}}
  // expected-error @+1 {{'cnx.gelu' op inferred type(s) 'tensor<2x6xf32>' are incompatible with return type(s) of operation 'tensor<2x5xf32>'}}
  %0 = "cnx.gelu"(%x) : (tensor<2x6xf32>) -> tensor<2x5xf32>
  return
}
