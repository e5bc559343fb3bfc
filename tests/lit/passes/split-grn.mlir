// The reduction over the image apart from what is elementwise.
// RUN: cnx-opt %s --cnx-split-grn | FileCheck %s

cnx.weight @gamma : tensor<24xf32>
cnx.weight @beta : tensor<24xf32>
// CHECK-LABEL: func.func @f
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x5x24xf32>)
func.func @f(%x: tensor<2x3x5x24xf32>) -> tensor<2x3x5x24xf32> {
  // CHECK: %[[GAMMA:.*]] = cnx.get_weight @gamma
  %gamma = cnx.get_weight @gamma : tensor<24xf32>
  // CHECK: %[[BETA:.*]] = cnx.get_weight @beta
  %beta = cnx.get_weight @beta : tensor<24xf32>
  // CHECK-NEXT: %[[U:.*]] = cnx.grn_factor %[[X]], %[[GAMMA]] eps = 1.{{0*}}e-04
  // CHECK-NEXT: %[[S:.*]] = cnx.image_scale %[[X]], %[[U]]
  // CHECK-NEXT: %[[Y:.*]] = cnx.channel_bias %[[S]], %[[BETA]]
  // CHECK-NEXT: return %[[Y]]
  %y = cnx.grn %x, %gamma, %beta eps = 1.0e-4 : tensor<2x3x5x24xf32>, tensor<24xf32>, tensor<24xf32>
  return %y : tensor<2x3x5x24xf32>
}
