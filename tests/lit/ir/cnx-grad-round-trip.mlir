// Every op of the backward pass prints as it parses. What it infers is what the round trip of its users shows.
// RUN: cnx-opt %s | cnx-opt | FileCheck %s

// CHECK-LABEL: func.func @gradients
func.func @gradients(%x: tensor<2x5x4x6xf32>, %y: tensor<2x5x4x24xf32>, %p: tensor<2x2x2x24xf32>, %w: tensor<24x6xf32>, %o: tensor<24x6x2x2xf32>, %d: tensor<6x1x7x7xf32>, %t: tensor<7x7x16xf32>, %r: tensor<2x5x4xf32>, %u: tensor<2x6xf32>, %v: tensor<6xf32>, %z: tensor<2x10xf32>, %s: tensor<2xf32>) {
  // CHECK: cnx.softmax_xent %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x10xf32>, tensor<2x10xf32>, tensor<2xf32>
  %r0, %q0 = cnx.softmax_xent %z, %z, %s : tensor<2x10xf32>, tensor<2x10xf32>, tensor<2xf32>
  // CHECK: cnx.sum_rows %{{.*}} : tensor<2x5x4x6xf32>
  %r1 = cnx.sum_rows %x : tensor<2x5x4x6xf32>
  // CHECK: cnx.sum_rows_product %{{.*}}, %{{.*}} : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  %r2 = cnx.sum_rows_product %x, %x : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.sum_image_product %{{.*}}, %{{.*}} : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  %r3 = cnx.sum_image_product %x, %x : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.gelu_grad %{{.*}}, %{{.*}} : tensor<2x5x4x24xf32>, tensor<2x5x4x24xf32>
  %r4 = cnx.gelu_grad %y, %y : tensor<2x5x4x24xf32>, tensor<2x5x4x24xf32>
  // CHECK: cnx.linear_grad_input %{{.*}}, %{{.*}} : tensor<2x5x4x24xf32>, tensor<24x6xf32>
  %r5 = cnx.linear_grad_input %y, %w : tensor<2x5x4x24xf32>, tensor<24x6xf32>
  // CHECK: cnx.linear_grad_weight %{{.*}}, %{{.*}} : tensor<2x5x4x24xf32>, tensor<2x5x4x6xf32>
  %r6 = cnx.linear_grad_weight %y, %x : tensor<2x5x4x24xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.layer_norm_grad %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>, tensor<2x5x4xf32>
  %r7 = cnx.layer_norm_grad %x, %x, %r : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>, tensor<2x5x4xf32>
  // CHECK: cnx.patch_conv_grad_input %{{.*}}, %{{.*}} kernel = 2 channels = 6 height = 5 width = 4 : tensor<2x2x2x24xf32>, tensor<24x6x2x2xf32>
  %r8 = cnx.patch_conv_grad_input %p, %o kernel = 2 channels = 6 height = 5 width = 4 : tensor<2x2x2x24xf32>, tensor<24x6x2x2xf32>
  // CHECK: cnx.patch_conv_grad_weight %{{.*}}, %{{.*}} kernel = 2 : tensor<2x2x2x24xf32>, tensor<2x5x4x6xf32>
  %r9 = cnx.patch_conv_grad_weight %p, %x kernel = 2 : tensor<2x2x2x24xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.dwconv_grad_input %{{.*}}, %{{.*}} kernel = 7 : tensor<2x5x4x6xf32>, tensor<6x1x7x7xf32>
  %r10 = cnx.dwconv_grad_input %x, %d kernel = 7 : tensor<2x5x4x6xf32>, tensor<6x1x7x7xf32>
  // CHECK: cnx.dwconv_grad_input %{{.*}}, %{{.*}} kernel = 7 : tensor<2x5x4x6xf32>, tensor<7x7x16xf32>
  %r11 = cnx.dwconv_grad_input %x, %t kernel = 7 : tensor<2x5x4x6xf32>, tensor<7x7x16xf32>
  // CHECK: cnx.dwconv_grad_weight %{{.*}}, %{{.*}} kernel = 7 : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  %r12 = cnx.dwconv_grad_weight %x, %x kernel = 7 : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.grn_factor_grad %{{.*}}, %{{.*}}, %{{.*}} eps = 5.000000e-01 : tensor<2x5x4x6xf32>, tensor<6xf32>, tensor<2x6xf32>
  %r13, %q13 = cnx.grn_factor_grad %x, %v, %u eps = 0.5 : tensor<2x5x4x6xf32>, tensor<6xf32>, tensor<2x6xf32>
  // CHECK: cnx.mean_pool_grad %{{.*}} height = 5 width = 4 : tensor<2x6xf32>
  %r14 = cnx.mean_pool_grad %u height = 5 width = 4 : tensor<2x6xf32>
  // CHECK: %[[N:.*]] = cnx.image_norm %{{.*}} : tensor<2x5x4x6xf32>
  %r15 = cnx.image_norm %x : tensor<2x5x4x6xf32>
  // CHECK: cnx.grn_factor %[[N]], %{{.*}} eps = {{.*}} : tensor<2x6xf32>, tensor<6xf32>
  %r16 = cnx.grn_factor %r15, %v eps = 0.5 : tensor<2x6xf32>, tensor<6xf32>
  // CHECK: cnx.grn_factor_grad %[[N]], %{{.*}}, %{{.*}} eps = {{.*}} : tensor<2x6xf32>, tensor<6xf32>, tensor<2x6xf32>
  %r17, %q17 = cnx.grn_factor_grad %r15, %v, %u eps = 0.5 : tensor<2x6xf32>, tensor<6xf32>, tensor<2x6xf32>
  return
}

// The packed forms.
// CHECK-LABEL: func.func @packed
func.func @packed(%x: tensor<2x5x4x6xf32>, %y: tensor<2x5x4x24xf32>, %p: tensor<2x2x2x24xf32>, %w: tensor<24x6xf32>, %o: tensor<2x6x16xf32>, %u: tensor<2x6xf32>, %v: tensor<6xf32>) {
  // CHECK: cnx.sum_rows %{{.*}} packed : tensor<2x5x4x6xf32>
  %0 = cnx.sum_rows %x packed : tensor<2x5x4x6xf32>
  // CHECK: cnx.sum_rows_product %{{.*}}, %{{.*}} packed : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  %1 = cnx.sum_rows_product %x, %x packed : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.linear_grad_weight %{{.*}}, %{{.*}} packed : tensor<2x5x4x24xf32>, tensor<2x5x4x6xf32>
  %2 = cnx.linear_grad_weight %y, %x packed : tensor<2x5x4x24xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.patch_conv_grad_weight %{{.*}}, %{{.*}} kernel = 2 packed : tensor<2x2x2x24xf32>, tensor<2x5x4x6xf32>
  %3 = cnx.patch_conv_grad_weight %p, %x kernel = 2 packed : tensor<2x2x2x24xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.dwconv_grad_weight %{{.*}}, %{{.*}} kernel = 7 packed : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  %4 = cnx.dwconv_grad_weight %x, %x kernel = 7 packed : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.grn_factor_grad %{{.*}}, %{{.*}}, %{{.*}} eps = {{.*}} packed : tensor<2x5x4x6xf32>, tensor<6xf32>, tensor<2x6xf32>
  %r5, %q5 = cnx.grn_factor_grad %x, %v, %u eps = 0.5 packed : tensor<2x5x4x6xf32>, tensor<6xf32>, tensor<2x6xf32>
  // CHECK: cnx.transpose %{{.*}} : tensor<24x6xf32>
  %6 = cnx.transpose %w : tensor<24x6xf32>
  // CHECK: %[[T:.*]] = cnx.transpose_panels %{{.*}} features = 24 : tensor<2x6x16xf32>
  %7 = cnx.transpose_panels %o features = 24 : tensor<2x6x16xf32>
  // CHECK: cnx.linear %{{.*}}, %[[T]] features = 6 : tensor<2x5x4x24xf32>, tensor<1x24x16xf32>
  %8 = cnx.linear %y, %7 features = 6 : tensor<2x5x4x24xf32>, tensor<1x24x16xf32>
  // CHECK: cnx.add %{{.*}}, %{{.*}} : tensor<2x6x16xf32>, tensor<2x6x16xf32>
  %9 = cnx.add %o, %2 : tensor<2x6x16xf32>, tensor<2x6x16xf32>
  return
}

// CHECK-LABEL: func.func @weights
func.func @weights(%w: tensor<24x6xf32>, %p: tensor<2x24x16xf32>, %i: tensor<6xf32>, %j: tensor<16xf32>, %o: tensor<24xf32>, %q: tensor<32xf32>) {
  // CHECK: cnx.scale_outputs %{{.*}}, %{{.*}} : tensor<24x6xf32>, tensor<24xf32>
  %0 = cnx.scale_outputs %w, %o : tensor<24x6xf32>, tensor<24xf32>
  // CHECK: cnx.scale_inputs %{{.*}}, %{{.*}} channels = 6 : tensor<2x24x16xf32>, tensor<16xf32>
  %1 = cnx.scale_inputs %p, %j channels = 6 : tensor<2x24x16xf32>, tensor<16xf32>
  // CHECK: cnx.unfold_affine %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} channels = 6 : tensor<2x24x16xf32>, tensor<16xf32>, tensor<32xf32>, tensor<16xf32>
  %2 = cnx.unfold_affine %1, %j, %q, %j channels = 6 : tensor<2x24x16xf32>, tensor<16xf32>, tensor<32xf32>, tensor<16xf32>
  // CHECK: cnx.dot_outputs %{{.*}}, %{{.*}} : tensor<24x6xf32>, tensor<24x6xf32>
  %3 = cnx.dot_outputs %w, %0 : tensor<24x6xf32>, tensor<24x6xf32>
  // CHECK: cnx.dot_outputs %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x24x16xf32>, tensor<2x24x16xf32>, tensor<32xf32>, tensor<32xf32>
  %4 = cnx.dot_outputs %p, %2, %q, %q : tensor<2x24x16xf32>, tensor<2x24x16xf32>, tensor<32xf32>, tensor<32xf32>
  // CHECK: cnx.dot_inputs %{{.*}}, %{{.*}} channels = 6 : tensor<24x6xf32>, tensor<24x6xf32>
  %5 = cnx.dot_inputs %w, %w channels = 6 : tensor<24x6xf32>, tensor<24x6xf32>
  // CHECK: cnx.apply_transposed %{{.*}}, %{{.*}} channels = 6 : tensor<24x6xf32>, tensor<24xf32>
  %6 = cnx.apply_transposed %w, %o channels = 6 : tensor<24x6xf32>, tensor<24xf32>
  // CHECK: cnx.transpose_panels %{{.*}}, %{{.*}} of "inputs" features = 24 channels = 6 : tensor<2x24x16xf32>, tensor<16xf32>
  %7 = cnx.transpose_panels %p, %j of "inputs" features = 24 channels = 6 : tensor<2x24x16xf32>, tensor<16xf32>
  // CHECK: %[[T:.*]] = cnx.transpose_panels %{{.*}}, %{{.*}} of "outputs" features = 24 : tensor<2x24x16xf32>, tensor<32xf32>
  %8 = cnx.transpose_panels %p, %q of "outputs" features = 24 : tensor<2x24x16xf32>, tensor<32xf32>
  // CHECK: cnx.add %[[T]], %[[T]] : tensor<2x24x16xf32>, tensor<2x24x16xf32>
  %9 = cnx.add %8, %8 : tensor<2x24x16xf32>, tensor<2x24x16xf32>
  // CHECK: cnx.add %{{.*}}, %{{.*}} : tensor<32xf32>, tensor<32xf32>
  %10 = cnx.add %4, %q : tensor<32xf32>, tensor<32xf32>
  // CHECK: cnx.add %{{.*}}, %{{.*}} : tensor<6xf32>, tensor<6xf32>
  %11 = cnx.add %5, %6 : tensor<6xf32>, tensor<6xf32>
  return
}

// CHECK-LABEL: func.func @update
func.func @update(%p: tensor<3x256xf32>, %g: tensor<3x256xf32>, %b: tensor<3xf32>, %s: tensor<16xf32>) {
  // CHECK: cnx.adamw %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  %p0, %m0, %v0 = cnx.adamw %p, %g, %p, %p, %b, %b, %s : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  // CHECK: cnx.sgd %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  %p1, %m1 = cnx.sgd %p0, %g, %m0, %b, %b, %s : tensor<3x256xf32>, tensor<3x256xf32>, tensor<3x256xf32>, tensor<3xf32>, tensor<3xf32>, tensor<16xf32>
  // CHECK: cnx.average %{{.*}}, %{{.*}}, %{{.*}} : tensor<3x256xf32>, tensor<3x256xf32>, tensor<16xf32>
  %e = cnx.average %v0, %p1, %s : tensor<3x256xf32>, tensor<3x256xf32>, tensor<16xf32>
  // CHECK: %[[Q:.*]] = cnx.block_squares %{{.*}} : tensor<3x256xf32>
  %q = cnx.block_squares %m1 : tensor<3x256xf32>
  // CHECK: cnx.add %[[Q]], %[[Q]] : tensor<3xf32>, tensor<3xf32>
  %t = cnx.add %q, %q : tensor<3xf32>, tensor<3xf32>
  return
}

// CHECK-LABEL: func.func @results
func.func @results(%x: tensor<2x5x4x6xf32>, %y: tensor<2x5x4x24xf32>, %p: tensor<2x2x2x24xf32>, %w: tensor<24x6xf32>, %o: tensor<24x6x2x2xf32>, %d: tensor<6x1x7x7xf32>, %t: tensor<7x7x16xf32>, %r: tensor<2x5x4xf32>, %u: tensor<2x6xf32>, %v: tensor<6xf32>, %z: tensor<2x10xf32>, %s: tensor<2xf32>) {
  %a0_0, %a0_1 = cnx.softmax_xent %z, %z, %s : tensor<2x10xf32>, tensor<2x10xf32>, tensor<2xf32>
  // CHECK: cnx.kernel "softmax_xent"(%{{.*}}) : (tensor<1xf32>, tensor<2x10xf32>) -> ()
  cnx.kernel "softmax_xent"(%a0_0, %a0_1) : (tensor<1xf32>, tensor<2x10xf32>) -> () {
  ^bb0(%b0_0: tensor<1xf32>, %b0_1: tensor<2x10xf32>):
    cnx.yield
  }
  %a1_0 = cnx.linear_grad_input %y, %w : tensor<2x5x4x24xf32>, tensor<24x6xf32>
  // CHECK: cnx.kernel "linear_grad_input"(%{{.*}}) : (tensor<2x5x4x6xf32>) -> ()
  cnx.kernel "linear_grad_input"(%a1_0) : (tensor<2x5x4x6xf32>) -> () {
  ^bb0(%b1_0: tensor<2x5x4x6xf32>):
    cnx.yield
  }
  %a2_0 = cnx.linear_grad_weight %y, %x : tensor<2x5x4x24xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.kernel "linear_grad_weight"(%{{.*}}) : (tensor<24x6xf32>) -> ()
  cnx.kernel "linear_grad_weight"(%a2_0) : (tensor<24x6xf32>) -> () {
  ^bb0(%b2_0: tensor<24x6xf32>):
    cnx.yield
  }
  %a3_0 = cnx.patch_conv_grad_input %p, %o kernel = 2 channels = 6 height = 5 width = 4 : tensor<2x2x2x24xf32>, tensor<24x6x2x2xf32>
  // CHECK: cnx.kernel "patch_conv_grad_input"(%{{.*}}) : (tensor<2x5x4x6xf32>) -> ()
  cnx.kernel "patch_conv_grad_input"(%a3_0) : (tensor<2x5x4x6xf32>) -> () {
  ^bb0(%b3_0: tensor<2x5x4x6xf32>):
    cnx.yield
  }
  %a4_0 = cnx.patch_conv_grad_weight %p, %x kernel = 2 : tensor<2x2x2x24xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.kernel "patch_conv_grad_weight"(%{{.*}}) : (tensor<24x6x2x2xf32>) -> ()
  cnx.kernel "patch_conv_grad_weight"(%a4_0) : (tensor<24x6x2x2xf32>) -> () {
  ^bb0(%b4_0: tensor<24x6x2x2xf32>):
    cnx.yield
  }
  %a5_0 = cnx.dwconv_grad_weight %x, %x kernel = 7 : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.kernel "dwconv_grad_weight"(%{{.*}}) : (tensor<6x1x7x7xf32>) -> ()
  cnx.kernel "dwconv_grad_weight"(%a5_0) : (tensor<6x1x7x7xf32>) -> () {
  ^bb0(%b5_0: tensor<6x1x7x7xf32>):
    cnx.yield
  }
  %a6_0, %a6_1 = cnx.grn_factor_grad %x, %v, %u eps = 0.5 : tensor<2x5x4x6xf32>, tensor<6xf32>, tensor<2x6xf32>
  // CHECK: cnx.kernel "grn_factor_grad"(%{{.*}}) : (tensor<2x6xf32>, tensor<6xf32>) -> ()
  cnx.kernel "grn_factor_grad"(%a6_0, %a6_1) : (tensor<2x6xf32>, tensor<6xf32>) -> () {
  ^bb0(%b6_0: tensor<2x6xf32>, %b6_1: tensor<6xf32>):
    cnx.yield
  }
  %a7_0 = cnx.mean_pool_grad %u height = 5 width = 4 : tensor<2x6xf32>
  // CHECK: cnx.kernel "mean_pool_grad"(%{{.*}}) : (tensor<2x5x4x6xf32>) -> ()
  cnx.kernel "mean_pool_grad"(%a7_0) : (tensor<2x5x4x6xf32>) -> () {
  ^bb0(%b7_0: tensor<2x5x4x6xf32>):
    cnx.yield
  }
  %a8_0 = cnx.sum_rows %x : tensor<2x5x4x6xf32>
  // CHECK: cnx.kernel "sum_rows"(%{{.*}}) : (tensor<6xf32>) -> ()
  cnx.kernel "sum_rows"(%a8_0) : (tensor<6xf32>) -> () {
  ^bb0(%b8_0: tensor<6xf32>):
    cnx.yield
  }
  %a9_0 = cnx.sum_image_product %x, %x : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>
  // CHECK: cnx.kernel "sum_image_product"(%{{.*}}) : (tensor<2x6xf32>) -> ()
  cnx.kernel "sum_image_product"(%a9_0) : (tensor<2x6xf32>) -> () {
  ^bb0(%b9_0: tensor<2x6xf32>):
    cnx.yield
  }
  %a10_0 = cnx.layer_norm_grad %x, %x, %r : tensor<2x5x4x6xf32>, tensor<2x5x4x6xf32>, tensor<2x5x4xf32>
  // CHECK: cnx.kernel "layer_norm_grad"(%{{.*}}) : (tensor<2x5x4x6xf32>) -> ()
  cnx.kernel "layer_norm_grad"(%a10_0) : (tensor<2x5x4x6xf32>) -> () {
  ^bb0(%b10_0: tensor<2x5x4x6xf32>):
    cnx.yield
  }
  return
}
