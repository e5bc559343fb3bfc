// One case a message of the layers.
// RUN: cnx-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<1x5x4x6xf32>) {
  // expected-error @+1 {{relayout: layout is "hwc", expected "nhwc" or "nchw"}}
  %0 = cnx.relayout %x to "hwc" : tensor<1x5x4x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x3xf32>) {
  // expected-error @+1 {{normalize_input: mean has 2 values, the input has 3 channels}}
  %0 = cnx.normalize_input %x mean = [1.0, 2.0] std = [1.0, 2.0, 3.0] : tensor<1x5x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x3xf32>) {
  // expected-error @+1 {{normalize_input: std has 1 values, the input has 3 channels}}
  %0 = cnx.normalize_input %x mean = [1.0, 2.0, 3.0] std = [1.0] : tensor<1x5x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x3xf32>) {
  // expected-error @+1 {{normalize_input: std is 0.00, expected more than 0}}
  %0 = cnx.normalize_input %x mean = [1.0, 2.0, 3.0] std = [1.0, 0.0, 3.0] : tensor<1x5x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x3xf32>) {
  // expected-error @+1 {{cast: input is 'tensor<1x5x4x3xf32>', expected ui8}}
  %0 = cnx.cast %x : tensor<1x5x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<8x6x1x1xf32>) {
  // expected-error @+1 {{patch_conv: kernel 0 and features 8, expected at least 1}}
  %0 = cnx.patch_conv %x, %w kernel = 0 features = 8 : tensor<1x5x4x6xf32>, tensor<8x6x1x1xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x1x6xf32>, %w: tensor<8x6x2x2xf32>) {
  // expected-error @+1 {{patch_conv: a map of 5x1 holds no patch of 2x2}}
  %0 = cnx.patch_conv %x, %w kernel = 2 features = 8 : tensor<1x5x1x6xf32>, tensor<8x6x2x2xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<8x5x2x2xf32>) {
  // expected-error @+1 {{patch_conv: weight has shape [8,5,2,2], expected [8,6,2,2]}}
  %0 = cnx.patch_conv %x, %w kernel = 2 features = 8 : tensor<1x5x4x6xf32>, tensor<8x5x2x2xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<1x23x16xf32>) {
  // expected-error @+1 {{patch_conv: weight has shape [1,23,16], expected [1,24,16]}}
  %0 = cnx.patch_conv %x, %w kernel = 2 features = 8 : tensor<1x5x4x6xf32>, tensor<1x23x16xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<8x6x2x2xf32>, %b: tensor<7xf32>) {
  // expected-error @+1 {{patch_conv: bias has shape [7], expected 8 values or 16 with padding}}
  %0 = cnx.patch_conv %x, %w, %b kernel = 2 features = 8 : tensor<1x5x4x6xf32>, tensor<8x6x2x2xf32>, tensor<7xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<6x1x4x4xf32>) {
  // expected-error @+1 {{dwconv: kernel is 4, expected an odd number}}
  %0 = cnx.dwconv %x, %w kernel = 4 : tensor<1x5x4x6xf32>, tensor<6x1x4x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<6x6x3x3xf32>) {
  // expected-error @+1 {{dwconv: weight has shape [6,6,3,3], expected [6,1,3,3]}}
  %0 = cnx.dwconv %x, %w kernel = 3 : tensor<1x5x4x6xf32>, tensor<6x6x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<3x3x6xf32>) {
  // expected-error @+1 {{dwconv: weight has shape [3,3,6], expected [3,3,16]}}
  %0 = cnx.dwconv %x, %w kernel = 3 : tensor<1x5x4x6xf32>, tensor<3x3x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<6x1x3x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{dwconv: bias has shape [3], expected 6 values or 16 with padding}}
  %0 = cnx.dwconv %x, %w, %b kernel = 3 : tensor<1x5x4x6xf32>, tensor<6x1x3x3xf32>, tensor<3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>) {
  // expected-error @+1 {{layer_norm: eps is 0.00, expected more than 0}}
  %0, %1 = cnx.layer_norm %x eps = 0.0 : tensor<1x5x4x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %g: tensor<6xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{affine: bias has shape [4], expected 6 values or 16 with padding}}
  %0 = cnx.affine %x, %g, %b : tensor<1x5x4x6xf32>, tensor<6xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %g: tensor<4xf32>, %b: tensor<6xf32>) {
  // expected-error @+1 {{affine: gain has shape [4], expected 6 values or 16 with padding}}
  %0 = cnx.affine %x, %g, %b : tensor<1x5x4x6xf32>, tensor<4xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<8x6xf32>) {
  // expected-error @+1 {{linear: features is 0, expected at least 1}}
  %0 = cnx.linear %x, %w features = 0 : tensor<1x5x4x6xf32>, tensor<8x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<8x5xf32>) {
  // expected-error @+1 {{linear: weight has shape [8,5], expected [8,6]}}
  %0 = cnx.linear %x, %w features = 8 : tensor<1x5x4x6xf32>, tensor<8x5xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<2x6x16xf32>) {
  // expected-error @+1 {{linear: weight has shape [2,6,16], expected [1,6,16]}}
  %0 = cnx.linear %x, %w features = 8 : tensor<1x5x4x6xf32>, tensor<2x6x16xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %w: tensor<8x6xf32>, %b: tensor<6xf32>) {
  // expected-error @+1 {{linear: bias has shape [6], expected 8 values or 16 with padding}}
  %0 = cnx.linear %x, %w, %b features = 8 : tensor<1x5x4x6xf32>, tensor<8x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %g: tensor<5xf32>, %b: tensor<6xf32>) {
  // expected-error @+1 {{grn: gamma has shape [5], expected 6 values or 16 with padding}}
  %0 = cnx.grn %x, %g, %b eps = 0.5 : tensor<1x5x4x6xf32>, tensor<5xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %g: tensor<6xf32>, %b: tensor<5xf32>) {
  // expected-error @+1 {{grn: beta has shape [5], expected 6 values or 16 with padding}}
  %0 = cnx.grn %x, %g, %b eps = 0.5 : tensor<1x5x4x6xf32>, tensor<6xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %g: tensor<6xf32>) {
  // expected-error @+1 {{grn: eps is -1.00, expected more than 0}}
  %0 = cnx.grn %x, %g, %g eps = -1.0 : tensor<1x5x4x6xf32>, tensor<6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %g: tensor<5xf32>) {
  // expected-error @+1 {{grn_factor: gamma has shape [5], expected 6 values or 16 with padding}}
  %0 = cnx.grn_factor %x, %g eps = 0.5 : tensor<1x5x4x6xf32>, tensor<5xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %g: tensor<6xf32>) {
  // expected-error @+1 {{grn_factor: eps is 0.00, expected more than 0}}
  %0 = cnx.grn_factor %x, %g eps = 0.0 : tensor<1x5x4x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %u: tensor<6xf32>) {
  // expected-error @+1 {{image_scale: factor has shape [6], expected [1,6]}}
  %0 = cnx.image_scale %x, %u : tensor<1x5x4x6xf32>, tensor<6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{channel_bias: bias has shape [4], expected 6 values or 16 with padding}}
  %0 = cnx.channel_bias %x, %b : tensor<1x5x4x6xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{drop_path: factor has shape [2], expected [1]}}
  %0 = cnx.drop_path %x, %s rate = 0.5 site = 0 : tensor<1x5x4x6xf32>, tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %s: tensor<1xf32>) {
  // expected-error @+1 {{drop_path: rate is 1.00, expected 0 <= rate < 1}}
  %0 = cnx.drop_path %x, %s rate = 1.0 site = 0 : tensor<1x5x4x6xf32>, tensor<1xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %s: tensor<1xf32>) {
  // expected-error @+1 {{drop_path: site is -1, expected 0 or more}}
  %0 = cnx.drop_path %x, %s rate = 0.5 site = -1 : tensor<1x5x4x6xf32>, tensor<1xf32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x6xf32>, %y: tensor<1x5x3x6xf32>) {
  // expected-error @+1 {{add: right operand has shape [1,5,3,6], expected [1,5,4,6]}}
  %0 = cnx.add %x, %y : tensor<1x5x4x6xf32>, tensor<1x5x3x6xf32>
  return
}
