// gamma goes into the frozen layer in front of it.
// RUN: cnx-opt %s --cnx-fold-layer-scale | FileCheck %s

cnx.weight @gamma : tensor<24xf32> {frozen}
cnx.weight @trained : tensor<24xf32>
cnx.weight @fc : tensor<24x40xf32> {frozen}
cnx.weight @fc.bias : tensor<24xf32> {frozen}

// CHECK-LABEL: func.func @frozen
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x4x40xf32>)
func.func @frozen(%x: tensor<1x4x4x40xf32>) -> tensor<1x4x4x24xf32> {
  // CHECK-DAG: %[[GAMMA:.*]] = cnx.get_weight @gamma
  // CHECK-DAG: %[[W:.*]] = cnx.get_weight @fc :
  // CHECK-DAG: %[[B:.*]] = cnx.get_weight @fc.bias
  %w = cnx.get_weight @fc : tensor<24x40xf32>
  %b = cnx.get_weight @fc.bias : tensor<24xf32>
  %gamma = cnx.get_weight @gamma : tensor<24xf32>
  %z = cnx.linear %x, %w, %b features = 24 : tensor<1x4x4x40xf32>, tensor<24x40xf32>, tensor<24xf32>
  // CHECK-DAG: %[[WEIGHT:.*]] = cnx.fold_out %[[W]], %[[GAMMA]]
  // CHECK-DAG: %[[BIAS:.*]] = cnx.fold_out %[[B]], %[[GAMMA]]
  // CHECK: %[[Y:.*]] = cnx.linear %[[X]], %[[WEIGHT]], %[[BIAS]] features = 24
  // CHECK-NOT: cnx.scale
  // CHECK: return %[[Y]]
  %y = cnx.scale %z, %gamma : tensor<1x4x4x24xf32>, tensor<24xf32>
  return %y : tensor<1x4x4x24xf32>
}

// CHECK-LABEL: func.func @without_bias
// CHECK: %[[WEIGHT:.*]] = cnx.fold_out
// CHECK: cnx.linear %{{.*}}, %[[WEIGHT]] features = 24
// CHECK-NOT: cnx.scale
func.func @without_bias(%x: tensor<1x4x4x40xf32>) -> tensor<1x4x4x24xf32> {
  %w = cnx.get_weight @fc : tensor<24x40xf32>
  %gamma = cnx.get_weight @gamma : tensor<24xf32>
  %z = cnx.linear %x, %w features = 24 : tensor<1x4x4x40xf32>, tensor<24x40xf32>
  %y = cnx.scale %z, %gamma : tensor<1x4x4x24xf32>, tensor<24xf32>
  return %y : tensor<1x4x4x24xf32>
}

// CHECK-LABEL: func.func @trained_gamma
// CHECK-NOT: fold
// CHECK: cnx.scale
func.func @trained_gamma(%x: tensor<1x4x4x40xf32>) -> tensor<1x4x4x24xf32> {
  %w = cnx.get_weight @fc : tensor<24x40xf32>
  %gamma = cnx.get_weight @trained : tensor<24xf32>
  %z = cnx.linear %x, %w features = 24 : tensor<1x4x4x40xf32>, tensor<24x40xf32>
  %y = cnx.scale %z, %gamma : tensor<1x4x4x24xf32>, tensor<24xf32>
  return %y : tensor<1x4x4x24xf32>
}

// CHECK-LABEL: func.func @two_readers
// CHECK-NOT: fold
// CHECK: cnx.scale
func.func @two_readers(%x: tensor<1x4x4x40xf32>) -> (tensor<1x4x4x24xf32>, tensor<1x4x4x24xf32>) {
  %w = cnx.get_weight @fc : tensor<24x40xf32>
  %gamma = cnx.get_weight @gamma : tensor<24xf32>
  %z = cnx.linear %x, %w features = 24 : tensor<1x4x4x40xf32>, tensor<24x40xf32>
  %y = cnx.scale %z, %gamma : tensor<1x4x4x24xf32>, tensor<24xf32>
  return %y, %z : tensor<1x4x4x24xf32>, tensor<1x4x4x24xf32>
}
