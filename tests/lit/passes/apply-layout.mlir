// Each weight in the form that kernels read; a second run finds nothing to do.
// RUN: cnx-opt %s --cnx-apply-layout | FileCheck %s
// RUN: cnx-opt %s --cnx-apply-layout --cnx-apply-layout | FileCheck %s

cnx.weight @conv : tensor<20x3x2x2xf32>
cnx.weight @v : tensor<20xf32>
cnx.weight @dw : tensor<20x1x7x7xf32>
cnx.weight @fc : tensor<40x20xf32>
cnx.weight @fc.bias : tensor<40xf32>

// CHECK-LABEL: func.func @f
func.func @f(%x: tensor<1x6x6x3xf32>) -> tensor<1x3x3x40xf32> {
  // CHECK-DAG: %[[CONV:.*]] = cnx.get_weight @conv
  // CHECK-DAG: %[[V:.*]] = cnx.get_weight @v
  // CHECK-DAG: %[[DW:.*]] = cnx.get_weight @dw
  // CHECK-DAG: %[[FC:.*]] = cnx.get_weight @fc :
  // CHECK-DAG: %[[FCB:.*]] = cnx.get_weight @fc.bias
  %conv = cnx.get_weight @conv : tensor<20x3x2x2xf32>
  %v = cnx.get_weight @v : tensor<20xf32>
  %dw = cnx.get_weight @dw : tensor<20x1x7x7xf32>
  %fc = cnx.get_weight @fc : tensor<40x20xf32>
  %fcb = cnx.get_weight @fc.bias : tensor<40xf32>
  // CHECK: %[[PANELS:.*]] = cnx.pack_panels %[[CONV]]
  // CHECK-NEXT: %[[PAD:.*]] = cnx.pad_vector %[[V]]
  // CHECK-NEXT: cnx.patch_conv %{{.*}}, %[[PANELS]], %[[PAD]] {{.*}} tensor<2x12x16xf32>, tensor<32xf32>
  %a = cnx.patch_conv %x, %conv, %v kernel = 2 features = 20 : tensor<1x6x6x3xf32>, tensor<20x3x2x2xf32>, tensor<20xf32>
  // CHECK: %[[TAPS:.*]] = cnx.pack_taps %[[DW]]
  // CHECK-NEXT: cnx.dwconv %{{.*}}, %[[TAPS]] kernel = 7 : tensor<1x3x3x20xf32>, tensor<7x7x32xf32>
  %b = cnx.dwconv %a, %dw kernel = 7 : tensor<1x3x3x20xf32>, tensor<20x1x7x7xf32>
  // CHECK: cnx.affine %{{.*}} tensor<32xf32>, tensor<32xf32>
  %c = cnx.affine %b, %v, %v : tensor<1x3x3x20xf32>, tensor<20xf32>, tensor<20xf32>
  // CHECK: cnx.scale %{{.*}} tensor<32xf32>
  %d = cnx.scale %c, %v : tensor<1x3x3x20xf32>, tensor<20xf32>
  // CHECK: cnx.grn_factor %{{.*}} tensor<32xf32>
  %u = cnx.grn_factor %d, %v eps = 1.0e-6 : tensor<1x3x3x20xf32>, tensor<20xf32>
  %e = cnx.image_scale %d, %u : tensor<1x3x3x20xf32>, tensor<1x20xf32>
  // CHECK: cnx.channel_bias %{{.*}} tensor<32xf32>
  %g = cnx.channel_bias %e, %v : tensor<1x3x3x20xf32>, tensor<20xf32>
  // CHECK: %[[FCPANELS:.*]] = cnx.pack_panels %[[FC]]
  // CHECK-NEXT: %[[FCPAD:.*]] = cnx.pad_vector %[[FCB]]
  // CHECK-NEXT: cnx.linear %{{.*}}, %[[FCPANELS]], %[[FCPAD]] {{.*}} tensor<3x20x16xf32>, tensor<48xf32>
  %y = cnx.linear %g, %fc, %fcb features = 40 : tensor<1x3x3x20xf32>, tensor<40x20xf32>, tensor<40xf32>
  return %y : tensor<1x3x3x40xf32>
}
