// Gains leave the activations of backward for weights, and gradients are unfolded; where a weight is
// frozen the direct sum stays.
// RUN: cnx-opt %s --cnx-training-algebra --cse | FileCheck %s
// RUN: cnx-opt %s --cnx-training-algebra --cse --cnx-training-algebra --cse | FileCheck %s

module {
  cnx.weight @g : tensor<6xf32>
  cnx.weight @beta : tensor<6xf32>
  cnx.weight @w1 : tensor<24x6xf32>
  cnx.weight @w2 : tensor<6x24xf32>
  cnx.weight @b2 : tensor<6xf32>
  cnx.weight @gamma : tensor<6xf32>
  cnx.weight @down : tensor<8x6x2x2xf32>
  cnx.weight @w1_frozen : tensor<24x6xf32> {frozen}
  cnx.weight @w2_frozen : tensor<6x24xf32> {frozen}
  cnx.weight @gamma_frozen : tensor<6xf32> {frozen}

  // Layer scale: neither z nor gamma*dy is read.
  // CHECK-LABEL: func.func @layer_scale
  // CHECK-SAME: (%[[A:.*]]: tensor<2x24xf32>, %[[DY:.*]]: tensor<2x6xf32>)
  func.func @layer_scale(%a: tensor<2x24xf32>, %dy: tensor<2x6xf32>)
      -> (tensor<6xf32>, tensor<6x24xf32>, tensor<6xf32>, tensor<2x24xf32>) {
    %w2 = cnx.get_weight @w2 : tensor<6x24xf32>
    %b2 = cnx.get_weight @b2 : tensor<6xf32>
    %gamma = cnx.get_weight @gamma : tensor<6xf32>
    // CHECK-NOT: cnx.linear %
    // CHECK-NOT: cnx.scale %
    %z = cnx.linear %a, %w2, %b2 features = 6 : tensor<2x24xf32>, tensor<6x24xf32>, tensor<6xf32>
    // CHECK: %[[G:.*]] = cnx.linear_grad_weight %[[DY]], %[[A]]
    // CHECK-NEXT: %[[S:.*]] = cnx.sum_rows %[[DY]]
    // CHECK-NEXT: %[[DGAMMA:.*]] = cnx.dot_outputs %w2, %[[G]], %b2, %[[S]]
    %dgamma = cnx.sum_rows_product %dy, %z : tensor<2x6xf32>, tensor<2x6xf32>
    %dz = cnx.scale %dy, %gamma : tensor<2x6xf32>, tensor<6xf32>
    // CHECK-DAG: %[[DW:.*]] = cnx.scale_outputs %[[G]], %gamma
    %dw = cnx.linear_grad_weight %dz, %a : tensor<2x6xf32>, tensor<2x24xf32>
    // CHECK-DAG: %[[DB:.*]] = cnx.scale_outputs %[[S]], %gamma
    %db = cnx.sum_rows %dz : tensor<2x6xf32>
    // CHECK-DAG: %[[W:.*]] = cnx.scale_outputs %w2, %gamma
    // CHECK-DAG: %[[DA:.*]] = cnx.linear_grad_input %[[DY]], %[[W]]
    %da = cnx.linear_grad_input %dz, %w2 : tensor<2x6xf32>, tensor<6x24xf32>
    // CHECK: return %[[DGAMMA]], %[[DW]], %[[DB]], %[[DA]]
    return %dgamma, %dw, %db, %da : tensor<6xf32>, tensor<6x24xf32>, tensor<6xf32>, tensor<2x24xf32>
  }

  // A frozen layer's gain is summed directly, and the transposed weight stays a constant.
  // CHECK-LABEL: func.func @layer_scale_of_frozen
  func.func @layer_scale_of_frozen(%a: tensor<2x24xf32>, %dy: tensor<2x6xf32>) -> (tensor<6xf32>, tensor<2x24xf32>) {
    %w2 = cnx.get_weight @w2_frozen : tensor<6x24xf32>
    %gamma = cnx.get_weight @gamma : tensor<6xf32>
    // CHECK: %[[Z:.*]] = cnx.linear
    %z = cnx.linear %a, %w2 features = 6 : tensor<2x24xf32>, tensor<6x24xf32>
    // CHECK-NEXT: cnx.sum_rows_product %{{.*}}, %[[Z]]
    %dgamma = cnx.sum_rows_product %dy, %z : tensor<2x6xf32>, tensor<2x6xf32>
    // CHECK-NEXT: %[[DZ:.*]] = cnx.scale
    %dz = cnx.scale %dy, %gamma : tensor<2x6xf32>, tensor<6xf32>
    // CHECK-NEXT: cnx.linear_grad_input %[[DZ]], %w2_frozen
    %da = cnx.linear_grad_input %dz, %w2 : tensor<2x6xf32>, tensor<6x24xf32>
    return %dgamma, %da : tensor<6xf32>, tensor<2x24xf32>
  }

  // Both frozen: folded at compile time.
  // CHECK-LABEL: func.func @frozen_layer_scale
  func.func @frozen_layer_scale(%dy: tensor<2x6xf32>) -> tensor<2x24xf32> {
    %w2 = cnx.get_weight @w2_frozen : tensor<6x24xf32>
    %gamma = cnx.get_weight @gamma_frozen : tensor<6xf32>
    // CHECK: %[[W:.*]] = cnx.fold_out %w2_frozen, %gamma_frozen
    // CHECK-NEXT: cnx.linear_grad_input %{{.*}}, %[[W]]
    %dz = cnx.scale %dy, %gamma : tensor<2x6xf32>, tensor<6xf32>
    %da = cnx.linear_grad_input %dz, %w2 : tensor<2x6xf32>, tensor<6x24xf32>
    return %da : tensor<2x24xf32>
  }

  // A scale that something else reads stays where it is.
  // CHECK-LABEL: func.func @another_reader
  func.func @another_reader(%a: tensor<2x24xf32>, %dy: tensor<2x6xf32>) -> (tensor<6x24xf32>, tensor<2x6xf32>) {
    %gamma = cnx.get_weight @gamma : tensor<6xf32>
    // CHECK: %[[DZ:.*]] = cnx.scale
    // CHECK-NEXT: cnx.linear_grad_weight %[[DZ]]
    %dz = cnx.scale %dy, %gamma : tensor<2x6xf32>, tensor<6xf32>
    %dw = cnx.linear_grad_weight %dz, %a : tensor<2x6xf32>, tensor<2x24xf32>
    return %dw, %dz : tensor<6x24xf32>, tensor<2x6xf32>
  }

  // The norm's affine: not read at all.
  // CHECK-LABEL: func.func @norm_affine
  // CHECK-SAME: (%[[X:.*]]: tensor<2x6xf32>, %[[DH:.*]]: tensor<2x24xf32>)
  func.func @norm_affine(%xhat: tensor<2x6xf32>, %dh: tensor<2x24xf32>)
      -> (tensor<24x6xf32>, tensor<24xf32>, tensor<6xf32>, tensor<6xf32>, tensor<2x6xf32>) {
    %g = cnx.get_weight @g : tensor<6xf32>
    %beta = cnx.get_weight @beta : tensor<6xf32>
    %w1 = cnx.get_weight @w1 : tensor<24x6xf32>
    // CHECK-NOT: cnx.affine
    // CHECK-NOT: cnx.scale %
    %n = cnx.affine %xhat, %g, %beta : tensor<2x6xf32>, tensor<6xf32>, tensor<6xf32>
    // CHECK: %[[W:.*]] = cnx.scale_inputs %w1, %g channels = 6
    // CHECK-NEXT: %[[DX:.*]] = cnx.linear_grad_input %[[DH]], %[[W]]
    %dn = cnx.linear_grad_input %dh, %w1 : tensor<2x24xf32>, tensor<24x6xf32>
    // CHECK-NEXT: %[[G:.*]] = cnx.linear_grad_weight %[[DH]], %[[X]]
    // CHECK-NEXT: %[[S:.*]] = cnx.sum_rows %[[DH]]
    // CHECK-NEXT: %[[DW:.*]] = cnx.unfold_affine %[[G]], %g, %[[S]], %beta channels = 6
    %dw = cnx.linear_grad_weight %dh, %n : tensor<2x24xf32>, tensor<2x6xf32>
    %db = cnx.sum_rows %dh : tensor<2x24xf32>
    %dx = cnx.scale %dn, %g : tensor<2x6xf32>, tensor<6xf32>
    // CHECK-NEXT: %[[DG:.*]] = cnx.dot_inputs %w1, %[[G]] channels = 6
    %dg = cnx.sum_rows_product %dn, %xhat : tensor<2x6xf32>, tensor<2x6xf32>
    // CHECK-NEXT: %[[DBETA:.*]] = cnx.apply_transposed %w1, %[[S]] channels = 6
    %dbeta = cnx.sum_rows %dn : tensor<2x6xf32>
    // CHECK-NEXT: return %[[DW]], %[[S]], %[[DG]], %[[DBETA]], %[[DX]]
    return %dw, %db, %dg, %dbeta, %dx : tensor<24x6xf32>, tensor<24xf32>, tensor<6xf32>, tensor<6xf32>, tensor<2x6xf32>
  }

  // In front of a frozen layer the affine's sums are taken from the cotangent, both in one pass.
  // CHECK-LABEL: func.func @norm_affine_of_frozen
  func.func @norm_affine_of_frozen(%xhat: tensor<2x6xf32>, %dh: tensor<2x24xf32>) -> (tensor<6xf32>, tensor<6xf32>, tensor<2x6xf32>) {
    %g = cnx.get_weight @g : tensor<6xf32>
    %w1 = cnx.get_weight @w1_frozen : tensor<24x6xf32>
    // CHECK: %[[DN:.*]] = cnx.linear_grad_input %{{.*}}, %w1_frozen
    %dn = cnx.linear_grad_input %dh, %w1 : tensor<2x24xf32>, tensor<24x6xf32>
    // CHECK-NEXT: cnx.scale %[[DN]], %g
    %dx = cnx.scale %dn, %g : tensor<2x6xf32>, tensor<6xf32>
    // CHECK-NEXT: cnx.sum_rows_product %[[DN]]
    %dg = cnx.sum_rows_product %dn, %xhat : tensor<2x6xf32>, tensor<2x6xf32>
    // CHECK-NEXT: cnx.sum_rows %[[DN]]
    %dbeta = cnx.sum_rows %dn : tensor<2x6xf32>
    return %dg, %dbeta, %dx : tensor<6xf32>, tensor<6xf32>, tensor<2x6xf32>
  }

  // A patch convolution takes the affine in the same way, repeated over its taps.
  // CHECK-LABEL: func.func @downsample
  // CHECK-SAME: (%[[X:.*]]: tensor<1x5x4x6xf32>, %[[DY:.*]]: tensor<1x2x2x8xf32>)
  func.func @downsample(%xhat: tensor<1x5x4x6xf32>, %dy: tensor<1x2x2x8xf32>)
      -> (tensor<8x6x2x2xf32>, tensor<6xf32>, tensor<6xf32>, tensor<1x5x4x6xf32>) {
    %g = cnx.get_weight @g : tensor<6xf32>
    %beta = cnx.get_weight @beta : tensor<6xf32>
    %w = cnx.get_weight @down : tensor<8x6x2x2xf32>
    %n = cnx.affine %xhat, %g, %beta : tensor<1x5x4x6xf32>, tensor<6xf32>, tensor<6xf32>
    // CHECK: %[[W:.*]] = cnx.scale_inputs %down, %g channels = 6
    // CHECK-NEXT: %[[DX:.*]] = cnx.patch_conv_grad_input %[[DY]], %[[W]]
    %dn = cnx.patch_conv_grad_input %dy, %w kernel = 2 channels = 6 height = 5 width = 4 : tensor<1x2x2x8xf32>, tensor<8x6x2x2xf32>
    // CHECK-NEXT: %[[G:.*]] = cnx.patch_conv_grad_weight %[[DY]], %[[X]]
    // CHECK-NEXT: %[[S:.*]] = cnx.sum_rows %[[DY]]
    // CHECK-NEXT: %[[DW:.*]] = cnx.unfold_affine %[[G]], %g, %[[S]], %beta channels = 6
    %dw = cnx.patch_conv_grad_weight %dy, %n kernel = 2 : tensor<1x2x2x8xf32>, tensor<1x5x4x6xf32>
    %dx = cnx.scale %dn, %g : tensor<1x5x4x6xf32>, tensor<6xf32>
    // CHECK-NEXT: %[[DG:.*]] = cnx.dot_inputs %down, %[[G]] channels = 6
    %dg = cnx.sum_rows_product %dn, %xhat : tensor<1x5x4x6xf32>, tensor<1x5x4x6xf32>
    // CHECK-NEXT: %[[DBETA:.*]] = cnx.apply_transposed %down, %[[S]] channels = 6
    %dbeta = cnx.sum_rows %dn : tensor<1x5x4x6xf32>
    // CHECK-NEXT: return %[[DW]], %[[DG]], %[[DBETA]], %[[DX]]
    return %dw, %dg, %dbeta, %dx : tensor<8x6x2x2xf32>, tensor<6xf32>, tensor<6xf32>, tensor<1x5x4x6xf32>
  }

  // Norms are computed once, in forward.
  // CHECK-LABEL: func.func @grn_norms
  // CHECK-SAME: (%[[A:.*]]: tensor<1x5x4x6xf32>, %[[DU:.*]]: tensor<1x6xf32>)
  func.func @grn_norms(%a: tensor<1x5x4x6xf32>, %du: tensor<1x6xf32>) -> (tensor<1x6xf32>, tensor<1x6xf32>, tensor<6xf32>) {
    %g = cnx.get_weight @g : tensor<6xf32>
    // CHECK: %[[N:.*]] = cnx.image_norm %[[A]]
    // CHECK-NEXT: cnx.grn_factor %[[N]], %g
    %u = cnx.grn_factor %a, %g eps = 0.5 : tensor<1x5x4x6xf32>, tensor<6xf32>
    // CHECK-NEXT: cnx.grn_factor_grad %[[N]], %g, %[[DU]]
    %r, %dg = cnx.grn_factor_grad %a, %g, %du eps = 0.5 : tensor<1x5x4x6xf32>, tensor<6xf32>, tensor<1x6xf32>
    return %u, %r, %dg : tensor<1x6xf32>, tensor<1x6xf32>, tensor<6xf32>
  }

  // The bias of global response normalisation: its cotangent is read for other things, not for the sum.
  // CHECK-LABEL: func.func @grn_bias
  // CHECK-SAME: (%{{.*}}: tensor<1x5x4x24xf32>, %[[DY:.*]]: tensor<1x5x4x6xf32>)
  func.func @grn_bias(%a: tensor<1x5x4x24xf32>, %dy: tensor<1x5x4x6xf32>) -> (tensor<24xf32>, tensor<1x24xf32>) {
    %w2 = cnx.get_weight @w2 : tensor<6x24xf32>
    // CHECK: %[[DA:.*]] = cnx.linear_grad_input
    %da = cnx.linear_grad_input %dy, %w2 : tensor<1x5x4x6xf32>, tensor<6x24xf32>
    // CHECK-NEXT: %[[S:.*]] = cnx.sum_rows %[[DY]]
    // CHECK-NEXT: cnx.apply_transposed %w2, %[[S]] channels = 24
    %dbeta = cnx.sum_rows %da : tensor<1x5x4x24xf32>
    // CHECK-NEXT: cnx.sum_image_product
    %du = cnx.sum_image_product %da, %a : tensor<1x5x4x24xf32>, tensor<1x5x4x24xf32>
    return %dbeta, %du : tensor<24xf32>, tensor<1x24xf32>
  }
}
