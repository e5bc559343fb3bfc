// RUN: cnx-opt %s --cnx-apply-layout | FileCheck %s

// Backward reads the depthwise taps that forward reads, and padded vectors; matrices it reads as they are.
module {
  cnx.weight @dw : tensor<6x1x7x7xf32>
  cnx.weight @gamma : tensor<6xf32>
  cnx.weight @fc : tensor<8x6xf32>

  // CHECK-LABEL: func.func @train_b1
  func.func @train_b1(%dy: tensor<1x5x4x6xf32>, %du: tensor<1x6xf32>, %dh: tensor<1x5x4x8xf32>)
      -> (tensor<1x5x4x6xf32>, tensor<1x6xf32>, tensor<6xf32>, tensor<1x5x4x6xf32>) {
    %w = cnx.get_weight @dw : tensor<6x1x7x7xf32>
    %g = cnx.get_weight @gamma : tensor<6xf32>
    %m = cnx.get_weight @fc : tensor<8x6xf32>
    // CHECK: %[[TAPS:.*]] = cnx.pack_taps %dw
    // CHECK-NEXT: cnx.dwconv_grad_input %{{.*}}, %[[TAPS]] kernel = 7 : tensor<1x5x4x6xf32>, tensor<7x7x16xf32>
    %0 = cnx.dwconv_grad_input %dy, %w kernel = 7 : tensor<1x5x4x6xf32>, tensor<6x1x7x7xf32>
    // CHECK: %[[GAMMA:.*]] = cnx.pad_vector %gamma
    // CHECK-NEXT: cnx.grn_factor_grad %{{.*}}, %[[GAMMA]], %{{.*}} eps = {{.*}} : tensor<1x5x4x6xf32>, tensor<16xf32>, tensor<1x6xf32>
    %1, %2 = cnx.grn_factor_grad %dy, %g, %du eps = 0.5 : tensor<1x5x4x6xf32>, tensor<6xf32>, tensor<1x6xf32>
    // CHECK-NEXT: cnx.linear_grad_input %{{.*}}, %fc : tensor<1x5x4x8xf32>, tensor<8x6xf32>
    %3 = cnx.linear_grad_input %dh, %m : tensor<1x5x4x8xf32>, tensor<8x6xf32>
    return %0, %1, %2, %3 : tensor<1x5x4x6xf32>, tensor<1x6xf32>, tensor<6xf32>, tensor<1x5x4x6xf32>
  }
}
