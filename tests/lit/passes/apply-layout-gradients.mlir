// RUN: cnx-opt %s --cnx-apply-layout | FileCheck %s

// Backward reads the depthwise taps that forward reads, padded vectors, and transposed matrices:
// transposed at run time where the weight is trained, else at compile time.
module {
  cnx.weight @dw : tensor<6x1x7x7xf32>
  cnx.weight @gamma : tensor<6xf32>
  cnx.weight @fc : tensor<8x6xf32>
  cnx.weight @down : tensor<20x6x2x2xf32>
  cnx.weight @frozen : tensor<8x6xf32> {frozen}
  cnx.weight @frozen_down : tensor<20x6x2x2xf32> {frozen}

  // CHECK-LABEL: func.func @train_b1
  func.func @train_b1(%dy: tensor<1x5x4x6xf32>, %du: tensor<1x6xf32>, %dh: tensor<1x5x4x8xf32>, %dz: tensor<1x2x2x20xf32>) {
    %w = cnx.get_weight @dw : tensor<6x1x7x7xf32>
    %g = cnx.get_weight @gamma : tensor<6xf32>
    %m = cnx.get_weight @fc : tensor<8x6xf32>
    %p = cnx.get_weight @down : tensor<20x6x2x2xf32>
    %f = cnx.get_weight @frozen : tensor<8x6xf32>
    %q = cnx.get_weight @frozen_down : tensor<20x6x2x2xf32>
    // CHECK: %[[TAPS:.*]] = cnx.pack_taps %dw
    // CHECK-NEXT: %[[X0:.*]] = cnx.dwconv_grad_input %{{.*}}, %[[TAPS]] kernel = 7 : tensor<1x5x4x6xf32>, tensor<7x7x16xf32>
    %0 = cnx.dwconv_grad_input %dy, %w kernel = 7 : tensor<1x5x4x6xf32>, tensor<6x1x7x7xf32>
    // CHECK: %[[GAMMA:.*]] = cnx.pad_vector %gamma
    // CHECK-NEXT: cnx.grn_factor_grad %{{.*}}, %[[GAMMA]], %{{.*}} eps = {{.*}} : tensor<1x5x4x6xf32>, tensor<16xf32>, tensor<1x6xf32>
    %1, %2 = cnx.grn_factor_grad %0, %g, %du eps = 0.5 : tensor<1x5x4x6xf32>, tensor<6xf32>, tensor<1x6xf32>
    // CHECK: %[[P:.*]] = cnx.pack_panels %fc : tensor<8x6xf32>
    // CHECK-NEXT: %[[T:.*]] = cnx.transpose_panels %[[P]] features = 8 : tensor<1x6x16xf32>
    // CHECK-NEXT: cnx.linear %{{.*}}, %[[T]] features = 6 : tensor<1x5x4x8xf32>, tensor<1x8x16xf32>
    %3 = cnx.linear_grad_input %dh, %m : tensor<1x5x4x8xf32>, tensor<8x6xf32>
    // CHECK: %[[P:.*]] = cnx.pack_panels %down : tensor<20x6x2x2xf32>
    // CHECK-NEXT: %[[T:.*]] = cnx.transpose_panels %[[P]] features = 20 : tensor<2x24x16xf32>
    // CHECK-NEXT: cnx.patch_conv_grad_input %{{.*}}, %[[T]] kernel = 2 channels = 6 height = 5 width = 4 : tensor<1x2x2x20xf32>, tensor<2x20x16xf32>
    %4 = cnx.patch_conv_grad_input %dz, %p kernel = 2 channels = 6 height = 5 width = 4 : tensor<1x2x2x20xf32>, tensor<20x6x2x2xf32>
    // CHECK: %[[T:.*]] = cnx.transpose %frozen : tensor<8x6xf32>
    // CHECK-NEXT: %[[P:.*]] = cnx.pack_panels %[[T]] : tensor<6x8xf32>
    // CHECK-NEXT: cnx.linear %{{.*}}, %[[P]] features = 6 : tensor<1x5x4x8xf32>, tensor<1x8x16xf32>
    %5 = cnx.linear_grad_input %dh, %f : tensor<1x5x4x8xf32>, tensor<8x6xf32>
    // CHECK: %[[T:.*]] = cnx.transpose %frozen_down : tensor<20x6x2x2xf32>
    // CHECK-NEXT: %[[P:.*]] = cnx.pack_panels %[[T]] : tensor<24x20xf32>
    // CHECK-NEXT: cnx.patch_conv_grad_input %{{.*}}, %[[P]] kernel = 2 channels = 6 height = 5 width = 4 : tensor<1x2x2x20xf32>, tensor<2x20x16xf32>
    %6 = cnx.patch_conv_grad_input %dz, %q kernel = 2 channels = 6 height = 5 width = 4 : tensor<1x2x2x20xf32>, tensor<20x6x2x2xf32>
    // Kept: what nobody reads would be dropped.
    // CHECK: cnx.kernel "readers"
    cnx.kernel "readers"(%1, %2, %3, %4, %5, %6) : (tensor<1x6xf32>, tensor<6xf32>, tensor<1x5x4x6xf32>, tensor<1x5x4x6xf32>, tensor<1x5x4x6xf32>, tensor<1x5x4x6xf32>) -> () {
    ^bb0(%b1: tensor<1x6xf32>, %b2: tensor<6xf32>, %b3: tensor<1x5x4x6xf32>, %b4: tensor<1x5x4x6xf32>, %b5: tensor<1x5x4x6xf32>, %b6: tensor<1x5x4x6xf32>):
      cnx.yield
    }
    return
  }

  // A gradient gets the form of its parameter; what is no gradient keeps its own. A sum's operands
  // become packed, and a vector of 16 channels is what it was.
  // CHECK-LABEL: func.func @train_b2
  // CHECK-SAME: -> (tensor<6xf32> {cnx.name = "sums"}, tensor<7x7x16xf32> {cnx.name = "grad.dw"}, tensor<16xf32> {cnx.name = "grad.gamma"}, tensor<1x6x16xf32> {cnx.name = "grad.fc"}, tensor<2x24x16xf32> {cnx.name = "grad.down"})
  func.func @train_b2(%dy: tensor<2x5x4x6xf32>, %dh: tensor<2x5x4x8xf32>, %dz: tensor<2x2x2x20xf32>)
      -> (tensor<6xf32> {cnx.name = "sums"}, tensor<6x1x7x7xf32> {cnx.name = "grad.dw"}, tensor<6xf32> {cnx.name = "grad.gamma"},
          tensor<8x6xf32> {cnx.name = "grad.fc"}, tensor<20x6x2x2xf32> {cnx.name = "grad.down"}) {
    // CHECK-NEXT: %[[S:.*]] = cnx.sum_rows %{{.*}} : tensor<2x5x4x6xf32>
    %s = cnx.sum_rows %dy : tensor<2x5x4x6xf32>
    // CHECK-NEXT: %[[DW:.*]] = cnx.dwconv_grad_weight %{{.*}}, %{{.*}} kernel = 7 packed : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
    %0 = cnx.dwconv_grad_weight %dy, %dy kernel = 7 : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
    // CHECK-NEXT: %[[V:.*]] = cnx.sum_rows_product %{{.*}}, %{{.*}} packed : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
    %1 = cnx.sum_rows_product %dy, %dy : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
    // CHECK-NEXT: %[[A:.*]] = cnx.linear_grad_weight %{{.*}}, %{{.*}} packed : tensor<2x5x4x8xf32>, tensor<2x5x4x6xf32>
    %2 = cnx.linear_grad_weight %dh, %dy : tensor<2x5x4x8xf32>, tensor<2x5x4x6xf32>
    // CHECK-NEXT: %[[SUM:.*]] = cnx.add %[[A]], %[[A]] : tensor<1x6x16xf32>, tensor<1x6x16xf32>
    %3 = cnx.add %2, %2 : tensor<8x6xf32>, tensor<8x6xf32>
    // CHECK-NEXT: %[[D:.*]] = cnx.patch_conv_grad_weight %{{.*}}, %{{.*}} kernel = 2 packed : tensor<2x2x2x20xf32>, tensor<2x5x4x6xf32>
    %4 = cnx.patch_conv_grad_weight %dz, %dy kernel = 2 : tensor<2x2x2x20xf32>, tensor<2x5x4x6xf32>
    // CHECK-NEXT: return %[[S]], %[[DW]], %[[V]], %[[SUM]], %[[D]]
    return %s, %0, %1, %3, %4 : tensor<6xf32>, tensor<6x1x7x7xf32>, tensor<6xf32>, tensor<8x6xf32>, tensor<20x6x2x2xf32>
  }
}
