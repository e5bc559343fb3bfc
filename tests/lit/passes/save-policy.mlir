// Cheap values are made again next to each reader in backward, along a chain back to what is kept.
// RUN: cnx-opt %s --cnx-save-policy=explain=true --mlir-print-debuginfo --mlir-print-local-scope 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=EXPLAIN --input-file=%t
// RUN: cnx-opt %s --cnx-save-policy --cse --cnx-save-policy | FileCheck %s --check-prefix=TWICE

// [1,5,4,C]: 20 pixels of 16 channels with their padding, or 32; counted where backward reads first.
// EXPLAIN: loc("b.blocks.0"): keeps 5120 bytes for backward: stem.0 b.blocks.0.norm b.blocks.0.fc1
// CHECK: module attributes {cnx.saved = {train_b1 = {b.blocks.0 = 5120 : i64}}}
module {
  cnx.weight @g : tensor<6xf32>
  cnx.weight @w : tensor<24x6xf32>
  cnx.weight @sw : tensor<6x3x2x2xf32>

  // CHECK-LABEL: func.func @train_b1
  func.func @train_b1(%image: tensor<1x3x10x8xui8> {cnx.name = "image"}, %dh: tensor<1x5x4x24xf32>, %dx: tensor<1x5x4x6xf32>)
      -> (tensor<1x5x4x24xf32> {cnx.name = "logits"}, tensor<24x24xf32>, tensor<1x5x4x24xf32>, tensor<6xf32>, tensor<24x6xf32>, tensor<6x6xf32>, tensor<6x3x2x2xf32>) {
    %g = cnx.get_weight @g : tensor<6xf32> loc("b.blocks.0.norm")
    %w = cnx.get_weight @w : tensor<24x6xf32> loc("b.blocks.0.fc1")
    %sw = cnx.get_weight @sw : tensor<6x3x2x2xf32> loc("stem.0")
    // CHECK: %[[R:.*]] = cnx.relayout %{{.*}} to "nhwc"
    // CHECK: %[[I:.*]] = cnx.normalize_input %[[R]]
    %r = cnx.relayout %image to "nhwc" : tensor<1x3x10x8xui8> loc("image")
    %i = cnx.normalize_input %r mean = [1.0, 2.0, 3.0] std = [1.0, 1.0, 1.0] : tensor<1x10x8x3xui8> loc("image")
    // CHECK: %[[X:.*]] = cnx.patch_conv %[[I]]
    %x = cnx.patch_conv %i, %sw kernel = 2 features = 6 : tensor<1x10x8x3xf32>, tensor<6x3x2x2xf32> loc("stem.0")
    // Made from x, which is kept.
    // CHECK: %[[C:.*]] = cnx.channel_bias %[[X]]
    %c = cnx.channel_bias %x, %g : tensor<1x5x4x6xf32>, tensor<6xf32> loc("b.blocks.0.shift")
    // Made from d, which is not, and as large: nothing is won.
    // CHECK: %[[D:.*]] = cnx.dwconv
    // CHECK: %[[N:.*]] = cnx.scale %[[D]]
    %t = cnx.get_weight @taps : tensor<6x1x1x1xf32> loc("b.blocks.0.conv_dw")
    %d = cnx.dwconv %c, %t kernel = 1 : tensor<1x5x4x6xf32>, tensor<6x1x1x1xf32> loc("b.blocks.0.conv_dw")
    %n = cnx.scale %d, %g : tensor<1x5x4x6xf32>, tensor<6xf32> loc("b.blocks.0.norm")
    // CHECK: %[[H:.*]] = cnx.linear %[[N]]
    // CHECK: %[[A:.*]] = cnx.gelu %[[H]]
    %h = cnx.linear %n, %w features = 24 : tensor<1x5x4x6xf32>, tensor<24x6xf32> loc("b.blocks.0.fc1")
    %a = cnx.gelu %h : tensor<1x5x4x24xf32> loc("b.blocks.0.act")

    // Once for each reader.
    // CHECK: %[[A1:.*]] = cnx.gelu %[[H]] {cnx.again = [[M1:.*]] : i64} {{.*}} loc("b.blocks.0.act#bwd")
    // CHECK-NEXT: cnx.linear_grad_weight %{{.*}}, %[[A1]]
    %dw2 = cnx.linear_grad_weight %dh, %a : tensor<1x5x4x24xf32>, tensor<1x5x4x24xf32> loc("b.blocks.0.fc2#bwd")
    // CHECK-NEXT: %[[A2:.*]] = cnx.gelu %[[H]] {cnx.again = [[M2:.*]] : i64} {{.*}} loc("b.blocks.0.act#bwd")
    // CHECK-NEXT: cnx.gelu_grad %[[A2]], %[[H]]
    %da = cnx.gelu_grad %a, %h : tensor<1x5x4x24xf32>, tensor<1x5x4x24xf32> loc("b.blocks.0.act#bwd")
    // CHECK-NEXT: cnx.sum_rows %[[N]]
    %s = cnx.sum_rows %n : tensor<1x5x4x6xf32> loc("b.blocks.0.norm#bwd")
    // CHECK-NEXT: cnx.linear_grad_weight %{{.*}}, %[[N]]
    %dw1 = cnx.linear_grad_weight %dh, %n : tensor<1x5x4x24xf32>, tensor<1x5x4x6xf32> loc("b.blocks.0.fc1#bwd")
    // CHECK-NEXT: %[[C1:.*]] = cnx.channel_bias %[[X]], %g {cnx.again
    // CHECK-NEXT: cnx.linear_grad_weight %[[X]], %[[C1]]
    %dx1 = cnx.linear_grad_weight %x, %c : tensor<1x5x4x6xf32>, tensor<1x5x4x6xf32> loc("stem.0#bwd")
    // From the image, which the caller keeps.
    // CHECK-NEXT: %[[R1:.*]] = cnx.relayout %{{.*}} to "nhwc" {cnx.again
    // CHECK-NEXT: %[[I1:.*]] = cnx.normalize_input %[[R1]] mean = {{.*}} {cnx.again
    // CHECK-NEXT: cnx.patch_conv_grad_weight %{{.*}}, %[[I1]]
    %dsw = cnx.patch_conv_grad_weight %dx, %i kernel = 2 : tensor<1x5x4x6xf32>, tensor<1x10x8x3xf32> loc("stem.0#bwd")
    // CSE takes none for another, and a second run changes nothing.
    // TWICE-COUNT-3: cnx.gelu %
    // TWICE-NOT: cnx.gelu %
    // TWICE: return
    return %a, %dw2, %da, %s, %dw1, %dx1, %dsw : tensor<1x5x4x24xf32>, tensor<24x24xf32>, tensor<1x5x4x24xf32>, tensor<6xf32>, tensor<24x6xf32>, tensor<6x6xf32>, tensor<6x3x2x2xf32>
  }
  cnx.weight @taps : tensor<6x1x1x1xf32>

  // Forward alone keeps nothing.
  // CHECK-LABEL: func.func @forward_b1
  // CHECK-NOT: cnx.again
  func.func @forward_b1(%x: tensor<1x5x4x6xf32> {cnx.name = "image"}) -> (tensor<6xf32> {cnx.name = "logits"}) {
    %a = cnx.gelu %x : tensor<1x5x4x6xf32> loc("act")
    %s = cnx.sum_rows %a : tensor<1x5x4x6xf32> loc("act#bwd")
    return %s : tensor<6xf32>
  }
}
