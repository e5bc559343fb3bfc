// Values that read weights are named after them; layers survive as locations.
// RUN: cnx-opt %s --mlir-print-debuginfo --mlir-print-local-scope | cnx-opt --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

cnx.weight @stages.2.blocks.5.conv_dw.weight : tensor<6x1x3x3xf32>
cnx.weight @head.bias : tensor<6xf32>
cnx.weight @bare : tensor<6xf32>
func.func @f(%x: tensor<1x2x2x6xf32>) -> tensor<1x2x2x6xf32> {
  // CHECK: %conv_dw.weight = cnx.get_weight @stages.2.blocks.5.conv_dw.weight
  %0 = cnx.get_weight @stages.2.blocks.5.conv_dw.weight : tensor<6x1x3x3xf32>
  // CHECK: %head.bias = cnx.get_weight @head.bias
  %1 = cnx.get_weight @head.bias : tensor<6xf32>
  // CHECK: %bare = cnx.get_weight @bare
  %2 = cnx.get_weight @bare : tensor<6xf32>
  // CHECK: cnx.dwconv {{.*}} loc("stages.2.blocks.5.conv_dw"("model.json":3:5))
  %3 = cnx.dwconv %x, %0, %1 kernel = 3 : tensor<1x2x2x6xf32>, tensor<6x1x3x3xf32>, tensor<6xf32> loc("stages.2.blocks.5.conv_dw"("model.json":3:5))
  %4 = cnx.channel_bias %3, %2 : tensor<1x2x2x6xf32>, tensor<6xf32>
  return %4 : tensor<1x2x2x6xf32>
}
