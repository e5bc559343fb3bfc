// Panels of large frozen weights alone, and once.
// RUN: cnx-opt %s --cnx-round-weights | FileCheck %s
// RUN: cnx-opt %s --cnx-round-weights --cnx-round-weights | FileCheck %s
// RUN: cnx-opt %s --cnx-round-weights --cnx-form-kernels --cnx-check-fused | FileCheck %s --check-prefix=FUSED

cnx.weight @large : tensor<512x1024xf32> {frozen}
cnx.weight @conv : tensor<512x512x2x2xf32> {frozen}
cnx.weight @trained : tensor<512x1024xf32>
cnx.weight @small : tensor<512x512xf32> {frozen}

// CHECK-LABEL: func.func @linear
// CHECK: %[[PANELS:.*]] = cnx.pack_panels
// CHECK: %[[ROUNDED:.*]] = cnx.round_bf16 %[[PANELS]] : tensor<32x1024x16xf32>
// CHECK: cnx.linear %{{.*}}, %[[ROUNDED]] features = 512 : tensor<1x1024xf32>, tensor<32x1024x16xbf16>
// FUSED: cnx.kernel "{{.*}}"(%{{.*}}, %{{.*}}) : (tensor<1x1024xf32>, tensor<32x1024x16xbf16>) -> tensor<1x512xf32>
func.func @linear(%x: tensor<1x1024xf32> {cnx.name = "image"}) -> (tensor<1x512xf32> {cnx.name = "logits"}) {
  %0 = cnx.get_weight @large : tensor<512x1024xf32>
  %w = cnx.pack_panels %0 : tensor<512x1024xf32>
  %y = cnx.linear %x, %w features = 512 : tensor<1x1024xf32>, tensor<32x1024x16xf32>
  return %y : tensor<1x512xf32>
}

// CHECK-LABEL: func.func @patch_conv
// CHECK: cnx.round_bf16 %{{.*}} : tensor<32x2048x16xf32>
// CHECK: cnx.patch_conv
func.func @patch_conv(%x: tensor<1x4x4x512xf32> {cnx.name = "image"}) -> (tensor<1x2x2x512xf32> {cnx.name = "map"}) {
  %0 = cnx.get_weight @conv : tensor<512x512x2x2xf32>
  %w = cnx.pack_panels %0 : tensor<512x512x2x2xf32>
  %y = cnx.patch_conv %x, %w kernel = 2 features = 512 : tensor<1x4x4x512xf32>, tensor<32x2048x16xf32>
  return %y : tensor<1x2x2x512xf32>
}

// CHECK-LABEL: func.func @left_alone
// CHECK-NOT: cnx.round_bf16
func.func @left_alone(%x: tensor<1x1024xf32> {cnx.name = "image"}) -> (tensor<1x512xf32> {cnx.name = "logits"}) {
  %0 = cnx.get_weight @trained : tensor<512x1024xf32>
  %w = cnx.pack_panels %0 : tensor<512x1024xf32>
  %y = cnx.linear %x, %w features = 512 : tensor<1x1024xf32>, tensor<32x1024x16xf32>
  %1 = cnx.get_weight @small : tensor<512x512xf32>
  %v = cnx.pack_panels %1 : tensor<512x512xf32>
  %z = cnx.linear %y, %v features = 512 : tensor<1x512xf32>, tensor<32x512x16xf32>
  return %z : tensor<1x512xf32>
}
