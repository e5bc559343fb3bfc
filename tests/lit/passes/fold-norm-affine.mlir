// The affine of a norm goes into the frozen layer that alone reads it.
// RUN: cnx-opt %s --cnx-fold-norm-affine | FileCheck %s

cnx.weight @g : tensor<24xf32> {frozen}
cnx.weight @b : tensor<24xf32> {frozen}
cnx.weight @trained : tensor<24xf32>
cnx.weight @fc : tensor<40x24xf32> {frozen}
cnx.weight @fc.bias : tensor<40xf32> {frozen}
cnx.weight @conv : tensor<8x24x2x2xf32> {frozen}
cnx.weight @dw : tensor<24x1x7x7xf32> {frozen}

// CHECK-LABEL: func.func @linear
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x4x24xf32>)
func.func @linear(%x: tensor<1x4x4x24xf32>) -> tensor<1x4x4x40xf32> {
  // CHECK-DAG: %[[G:.*]] = cnx.get_weight @g :
  // CHECK-DAG: %[[B:.*]] = cnx.get_weight @b :
  // CHECK-DAG: %[[W:.*]] = cnx.get_weight @fc :
  // CHECK-DAG: %[[C:.*]] = cnx.get_weight @fc.bias
  %g = cnx.get_weight @g : tensor<24xf32>
  %b = cnx.get_weight @b : tensor<24xf32>
  %w = cnx.get_weight @fc : tensor<40x24xf32>
  %c = cnx.get_weight @fc.bias : tensor<40xf32>
  // CHECK-NOT: cnx.affine
  %a = cnx.affine %x, %g, %b : tensor<1x4x4x24xf32>, tensor<24xf32>, tensor<24xf32>
  // CHECK: %[[WEIGHT:.*]] = cnx.fold_in %[[W]], %[[G]]
  // CHECK: %[[BIAS:.*]] = cnx.fold_bias %[[C]], %[[W]], %[[B]]
  // CHECK: cnx.linear %[[X]], %[[WEIGHT]], %[[BIAS]] features = 40
  %y = cnx.linear %a, %w, %c features = 40 : tensor<1x4x4x24xf32>, tensor<40x24xf32>, tensor<40xf32>
  return %y : tensor<1x4x4x40xf32>
}

// CHECK-LABEL: func.func @patch_conv
// CHECK-SAME: (%[[X:.*]]: tensor<1x5x4x24xf32>)
func.func @patch_conv(%x: tensor<1x5x4x24xf32>) -> tensor<1x2x2x8xf32> {
  %g = cnx.get_weight @g : tensor<24xf32>
  %b = cnx.get_weight @b : tensor<24xf32>
  %w = cnx.get_weight @conv : tensor<8x24x2x2xf32>
  // CHECK-NOT: cnx.affine
  %a = cnx.affine %x, %g, %b : tensor<1x5x4x24xf32>, tensor<24xf32>, tensor<24xf32>
  // CHECK: cnx.fold_bias %{{.*}}, %{{.*}} : tensor<8x24x2x2xf32>, tensor<24xf32>
  // CHECK: cnx.patch_conv %[[X]],
  %y = cnx.patch_conv %a, %w kernel = 2 features = 8 : tensor<1x5x4x24xf32>, tensor<8x24x2x2xf32>
  return %y : tensor<1x2x2x8xf32>
}

// Zeros outside the map are not the affine's image of zero.
// CHECK-LABEL: func.func @stem_norm
func.func @stem_norm(%x: tensor<1x4x4x24xf32>) -> tensor<1x4x4x24xf32> {
  %g = cnx.get_weight @g : tensor<24xf32>
  %b = cnx.get_weight @b : tensor<24xf32>
  %w = cnx.get_weight @dw : tensor<24x1x7x7xf32>
  // CHECK: %[[A:.*]] = cnx.affine
  // CHECK: cnx.dwconv %[[A]],
  %a = cnx.affine %x, %g, %b : tensor<1x4x4x24xf32>, tensor<24xf32>, tensor<24xf32>
  %y = cnx.dwconv %a, %w kernel = 7 : tensor<1x4x4x24xf32>, tensor<24x1x7x7xf32>
  return %y : tensor<1x4x4x24xf32>
}

// CHECK-LABEL: func.func @trained_gain
func.func @trained_gain(%x: tensor<1x4x4x24xf32>) -> tensor<1x4x4x40xf32> {
  %g = cnx.get_weight @trained : tensor<24xf32>
  %b = cnx.get_weight @b : tensor<24xf32>
  %w = cnx.get_weight @fc : tensor<40x24xf32>
  // CHECK-NOT: fold
  // CHECK: %[[A:.*]] = cnx.affine
  // CHECK: cnx.linear %[[A]],
  %a = cnx.affine %x, %g, %b : tensor<1x4x4x24xf32>, tensor<24xf32>, tensor<24xf32>
  %y = cnx.linear %a, %w features = 40 : tensor<1x4x4x24xf32>, tensor<40x24xf32>
  return %y : tensor<1x4x4x40xf32>
}

// CHECK-LABEL: func.func @two_readers
func.func @two_readers(%x: tensor<1x4x4x24xf32>) -> (tensor<1x4x4x40xf32>, tensor<1x4x4x24xf32>) {
  %g = cnx.get_weight @g : tensor<24xf32>
  %b = cnx.get_weight @b : tensor<24xf32>
  %w = cnx.get_weight @fc : tensor<40x24xf32>
  // CHECK-NOT: fold
  // CHECK: %[[A:.*]] = cnx.affine
  // CHECK: cnx.linear %[[A]],
  %a = cnx.affine %x, %g, %b : tensor<1x4x4x24xf32>, tensor<24xf32>, tensor<24xf32>
  %y = cnx.linear %a, %w features = 40 : tensor<1x4x4x24xf32>, tensor<40x24xf32>
  return %y, %a : tensor<1x4x4x40xf32>, tensor<1x4x4x24xf32>
}
