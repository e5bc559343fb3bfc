// mean = 2 and std = 4 go into a frozen stem: weights times 1/4, an offset of -2/4.
// RUN: cnx-opt %s --cnx-fold-input-normalization | FileCheck %s

cnx.weight @frozen : tensor<8x3x4x4xf32> {frozen}
cnx.weight @frozen.bias : tensor<8xf32> {frozen}
cnx.weight @trained : tensor<8x3x4x4xf32>

// CHECK-LABEL: func.func @bytes
// CHECK-SAME: (%[[X:.*]]: tensor<1x8x8x3xui8>)
func.func @bytes(%x: tensor<1x8x8x3xui8>) -> tensor<1x2x2x8xf32> {
  // CHECK-DAG: %[[W:.*]] = cnx.get_weight @frozen :
  // CHECK-DAG: %[[B:.*]] = cnx.get_weight @frozen.bias
  // CHECK-DAG: %[[CAST:.*]] = cnx.cast %[[X]]
  // CHECK-DAG: %[[GAIN:.*]] = cnx.constant [0.25, 0.25, 0.25]
  // CHECK-DAG: %[[OFFSET:.*]] = cnx.constant [-0.5, -0.5, -0.5]
  %n = cnx.normalize_input %x mean = [2.0, 2.0, 2.0] std = [4.0, 4.0, 4.0] : tensor<1x8x8x3xui8>
  %w = cnx.get_weight @frozen : tensor<8x3x4x4xf32>
  %b = cnx.get_weight @frozen.bias : tensor<8xf32>
  // CHECK: %[[WEIGHT:.*]] = cnx.fold_in %[[W]], %[[GAIN]]
  // CHECK: %[[BIAS:.*]] = cnx.fold_bias %[[B]], %[[W]], %[[OFFSET]]
  // CHECK: cnx.patch_conv %[[CAST]], %[[WEIGHT]], %[[BIAS]] kernel = 4
  %y = cnx.patch_conv %n, %w, %b kernel = 4 features = 8 : tensor<1x8x8x3xf32>, tensor<8x3x4x4xf32>, tensor<8xf32>
  return %y : tensor<1x2x2x8xf32>
}

// A stem without a bias gets one.
// CHECK-LABEL: func.func @floats_without_bias
// CHECK-SAME: (%[[X:.*]]: tensor<1x8x8x3xf32>)
func.func @floats_without_bias(%x: tensor<1x8x8x3xf32>) -> tensor<1x2x2x8xf32> {
  %n = cnx.normalize_input %x mean = [2.0, 2.0, 2.0] std = [4.0, 4.0, 4.0] : tensor<1x8x8x3xf32>
  // CHECK: %[[W:.*]] = cnx.get_weight @frozen
  %w = cnx.get_weight @frozen : tensor<8x3x4x4xf32>
  // CHECK: %[[BIAS:.*]] = cnx.fold_bias %[[W]], %{{.*}} : tensor<8x3x4x4xf32>, tensor<3xf32>
  // CHECK: cnx.patch_conv %[[X]], %{{.*}}, %[[BIAS]] kernel = 4
  %y = cnx.patch_conv %n, %w kernel = 4 features = 8 : tensor<1x8x8x3xf32>, tensor<8x3x4x4xf32>
  return %y : tensor<1x2x2x8xf32>
}

// CHECK-LABEL: func.func @a_trained_stem
func.func @a_trained_stem(%x: tensor<1x8x8x3xui8>) -> tensor<1x2x2x8xf32> {
  // CHECK: %[[CAST:.*]] = cnx.cast
  // CHECK: %[[N:.*]] = cnx.affine %[[CAST]],
  %n = cnx.normalize_input %x mean = [2.0, 2.0, 2.0] std = [4.0, 4.0, 4.0] : tensor<1x8x8x3xui8>
  %w = cnx.get_weight @trained : tensor<8x3x4x4xf32>
  // CHECK-NOT: fold
  // CHECK: cnx.patch_conv %[[N]],
  %y = cnx.patch_conv %n, %w kernel = 4 features = 8 : tensor<1x8x8x3xf32>, tensor<8x3x4x4xf32>
  return %y : tensor<1x2x2x8xf32>
}

// Another reader needs the normalised image itself.
// CHECK-LABEL: func.func @two_readers
func.func @two_readers(%x: tensor<1x8x8x3xui8>) -> (tensor<1x2x2x8xf32>, tensor<1x8x8x3xf32>) {
  // CHECK: %[[N:.*]] = cnx.affine
  %n = cnx.normalize_input %x mean = [2.0, 2.0, 2.0] std = [4.0, 4.0, 4.0] : tensor<1x8x8x3xui8>
  %w = cnx.get_weight @frozen : tensor<8x3x4x4xf32>
  // CHECK-NOT: fold
  // CHECK: cnx.patch_conv %[[N]],
  %y = cnx.patch_conv %n, %w kernel = 4 features = 8 : tensor<1x8x8x3xf32>, tensor<8x3x4x4xf32>
  return %y, %n : tensor<1x2x2x8xf32>, tensor<1x8x8x3xf32>
}
