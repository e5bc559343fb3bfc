// One case a message of weights and weight expressions.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{has a file without a tensor, or a tensor without a file}}
cnx.weight @w : tensor<8xf32> {file = "m.safetensors"}

// -----

// expected-error @+1 {{extents are positive, found 0}}
cnx.weight @w : tensor<0xf32>

// -----

func.func @f() {
  // expected-error @+1 {{names @w, which is not a weight of this module}}
  %0 = cnx.get_weight @w : tensor<8xf32>
  return
}

// -----

// expected-note @+1 {{weight declared here}}
cnx.weight @w : tensor<8xf32>
func.func @f() {
  // expected-error @+1 {{reads @w as 'tensor<9xf32>', it has type 'tensor<8xf32>'}}
  %0 = cnx.get_weight @w : tensor<9xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{constant: has no values}}
  %0 = cnx.constant []
  return
}

// -----

func.func @f(%w: tensor<8x6x2xf32>, %g: tensor<6xf32>) {
  // expected-error @+1 {{fold_in: weight has shape [8,6,2], expected [N,K] or [Co,Ci,k,k]}}
  %0 = cnx.fold_in %w, %g : tensor<8x6x2xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%w: tensor<8x6xf32>, %g: tensor<8xf32>) {
  // expected-error @+1 {{fold_in: gain has shape [8], expected [6]}}
  %0 = cnx.fold_in %w, %g : tensor<8x6xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%w: tensor<8x6xf32>, %g: tensor<6xf32>) {
  // expected-error @+1 {{fold_out: gain has shape [6], expected [8]}}
  %0 = cnx.fold_out %w, %g : tensor<8x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%w: tensor<8xf32>, %g: tensor<6xf32>) {
  // expected-error @+1 {{fold_bias: weight has shape [8], expected [N,K] or [Co,Ci,k,k]}}
  %0 = cnx.fold_bias %w, %g : tensor<8xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%w: tensor<8x6xf32>, %g: tensor<8xf32>) {
  // expected-error @+1 {{fold_bias: beta has shape [8], expected [6]}}
  %0 = cnx.fold_bias %w, %g : tensor<8x6xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%b: tensor<6xf32>, %w: tensor<8x6xf32>) {
  // expected-error @+1 {{fold_bias: bias has shape [6], expected [8]}}
  %0 = cnx.fold_bias %b, %w, %b : tensor<6xf32>, tensor<8x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%w: tensor<8xf32>) {
  // expected-error @+1 {{pack_panels: weight has shape [8], expected [N,K] or [Co,Ci,k,k]}}
  %0 = cnx.pack_panels %w : tensor<8xf32>
  return
}

// -----

func.func @f(%w: tensor<8x2x3x3xf32>) {
  // expected-error @+1 {{pack_taps: weight has shape [8,2,3,3], expected [C,1,k,k]}}
  %0 = cnx.pack_taps %w : tensor<8x2x3x3xf32>
  return
}

// -----

func.func @f(%w: tensor<8x6xf32>) {
  // expected-error @+1 {{pad_vector: vector has shape [8,6], expected one axis}}
  %0 = cnx.pad_vector %w : tensor<8x6xf32>
  return
}

// -----

// expected-error @+1 {{cnx.name is 7 : i64, expected a string}}
module attributes {cnx.name = 7} {}

// -----

// expected-error @+1 {{cnx.info is unit, expected a string}}
module attributes {cnx.info} {}

// -----

// expected-error @+1 {{cnx.name is unit, expected a string}}
func.func @f(%x: tensor<8xf32> {cnx.name}) {
  return
}

// -----

// expected-error @+1 {{cnx.name is unit, expected a string}}
func.func @f(%x: tensor<8xf32>) -> (tensor<8xf32> {cnx.name}) {
  return %x : tensor<8xf32>
}
