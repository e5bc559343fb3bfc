// All ops are pure: equal ones are merged, unread ones go; a kernel too.
// RUN: cnx-opt %s --canonicalize --cse | FileCheck %s

cnx.weight @w : tensor<6xf32>
// CHECK-LABEL: func.func @f
func.func @f(%x: tensor<2x6xf32>) -> tensor<2x6xf32> {
  // CHECK-NEXT: %[[W:.*]] = cnx.get_weight @w
  %0 = cnx.get_weight @w : tensor<6xf32>
  %1 = cnx.get_weight @w : tensor<6xf32>
  %unread = cnx.gelu %x : tensor<2x6xf32>
  %unread_kernel = cnx.kernel "single"(%x) : (tensor<2x6xf32>) -> tensor<2x6xf32> {
  ^bb0(%a: tensor<2x6xf32>):
    %g = cnx.gelu %a : tensor<2x6xf32>
    cnx.yield %g : tensor<2x6xf32>
  }
  // CHECK-NEXT: %[[S:.*]] = cnx.scale %{{.*}}, %[[W]]
  %2 = cnx.scale %x, %0 : tensor<2x6xf32>, tensor<6xf32>
  // CHECK-NEXT: %[[Y:.*]] = cnx.channel_bias %[[S]], %[[W]]
  %3 = cnx.channel_bias %2, %1 : tensor<2x6xf32>, tensor<6xf32>
  // CHECK-NEXT: return %[[Y]]
  return %3 : tensor<2x6xf32>
}
