// What GRN's beta adds goes into the frozen layer behind it.
// RUN: cnx-opt %s --cnx-fold-grn-bias | FileCheck %s

cnx.weight @beta : tensor<40xf32> {frozen}
cnx.weight @trained : tensor<40xf32>
cnx.weight @fc : tensor<24x40xf32> {frozen}
cnx.weight @fc.bias : tensor<24xf32> {frozen}

// CHECK-LABEL: func.func @frozen
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x4x40xf32>)
func.func @frozen(%x: tensor<1x4x4x40xf32>) -> tensor<1x4x4x24xf32> {
  // CHECK-DAG: %[[BETA:.*]] = cnx.get_weight @beta
  // CHECK-DAG: %[[W:.*]] = cnx.get_weight @fc :
  // CHECK-DAG: %[[B:.*]] = cnx.get_weight @fc.bias
  %beta = cnx.get_weight @beta : tensor<40xf32>
  %w = cnx.get_weight @fc : tensor<24x40xf32>
  %b = cnx.get_weight @fc.bias : tensor<24xf32>
  // CHECK-NOT: cnx.channel_bias
  %s = cnx.channel_bias %x, %beta : tensor<1x4x4x40xf32>, tensor<40xf32>
  // CHECK: %[[BIAS:.*]] = cnx.fold_bias %[[B]], %[[W]], %[[BETA]]
  // CHECK: cnx.linear %[[X]], %[[W]], %[[BIAS]] features = 24
  %y = cnx.linear %s, %w, %b features = 24 : tensor<1x4x4x40xf32>, tensor<24x40xf32>, tensor<24xf32>
  return %y : tensor<1x4x4x24xf32>
}

// CHECK-LABEL: func.func @trained_beta
// CHECK-NOT: fold
// CHECK: cnx.channel_bias
func.func @trained_beta(%x: tensor<1x4x4x40xf32>) -> tensor<1x4x4x24xf32> {
  %beta = cnx.get_weight @trained : tensor<40xf32>
  %w = cnx.get_weight @fc : tensor<24x40xf32>
  %s = cnx.channel_bias %x, %beta : tensor<1x4x4x40xf32>, tensor<40xf32>
  %y = cnx.linear %s, %w features = 24 : tensor<1x4x4x40xf32>, tensor<24x40xf32>
  return %y : tensor<1x4x4x24xf32>
}

// CHECK-LABEL: func.func @two_readers
// CHECK-NOT: fold
// CHECK: cnx.channel_bias
func.func @two_readers(%x: tensor<1x4x4x40xf32>) -> (tensor<1x4x4x24xf32>, tensor<1x4x4x40xf32>) {
  %beta = cnx.get_weight @beta : tensor<40xf32>
  %w = cnx.get_weight @fc : tensor<24x40xf32>
  %s = cnx.channel_bias %x, %beta : tensor<1x4x4x40xf32>, tensor<40xf32>
  %y = cnx.linear %s, %w features = 24 : tensor<1x4x4x40xf32>, tensor<24x40xf32>
  return %y, %s : tensor<1x4x4x24xf32>, tensor<1x4x4x40xf32>
}
