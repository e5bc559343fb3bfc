// What is made of parameters alone is made right before its first reader, and once.
// RUN: cnx-opt %s --pass-pipeline='builtin.module(func.func(cnx-form-kernels{fusion=false},cnx-mark-in-place,cnx-check-fused))' | FileCheck %s

cnx.weight @w : tensor<32x16xf32>

// CHECK-LABEL: func.func @train_b1
func.func @train_b1(%dy: tensor<1x32xf32> {cnx.name = "dy"}) -> (tensor<1x16xf32> {cnx.name = "dx"}, tensor<1x16xf32> {cnx.name = "more"}) {
  %w = cnx.get_weight @w : tensor<32x16xf32>
  %p = cnx.pack_panels %w : tensor<32x16xf32>
  %t = cnx.transpose_panels %p features = 32 : tensor<2x16x16xf32>
  // CHECK: cnx.kernel
  // CHECK: cnx.gelu
  // CHECK: cnx.kernel
  // CHECK: cnx.gelu
  %a = cnx.gelu %dy : tensor<1x32xf32>
  %b = cnx.gelu %a : tensor<1x32xf32>
  // CHECK: %[[T:.*]] = cnx.kernel "single"(%{{.*}}) : (tensor<2x16x16xf32>)
  // CHECK: cnx.transpose_panels
  // CHECK: cnx.kernel "single"(%{{.*}}, %[[T]])
  // CHECK: cnx.linear
  %x = cnx.linear %b, %t features = 16 : tensor<1x32xf32>, tensor<1x32x16xf32>
  // CHECK-NOT: cnx.transpose_panels
  // CHECK: cnx.kernel "single"(%{{.*}}, %[[T]])
  %y = cnx.linear %a, %t features = 16 : tensor<1x32xf32>, tensor<1x32x16xf32>
  return %x, %y : tensor<1x16xf32>, tensor<1x16xf32>
}
