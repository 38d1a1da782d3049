import { Layer, type LayerProps, project32, type UpdateParameters } from '@deck.gl/core';
import { Model, type ModelProps } from '@luma.gl/engine';

// Layers of one draw call without instances. deck.gl's own draw each marker and each line as an instance of a square, which
// a software rasteriser starts anew for every one: 10,000 squares took it 275 ms, and 10,000 points 13 ms.

/** What deck.gl takes in the place of objects: one place and one colour a vertex. */
interface Vertices {
  readonly length: number;
  readonly attributes: {
    readonly getPosition: { readonly value: Float32Array; readonly size: 2 };
    readonly getColor: { readonly value: Uint8Array; readonly size: 4; readonly normalized: true };
  };
}

/** @param places `[vertices, 2]` @param colours RGBA, `[vertices, 4]` */
export function verticesOf(places: Float32Array, colours: Uint8Array): Vertices {
  return {
    length: places.length / 2,
    attributes: {
      getPosition: { value: places, size: 2 },
      getColor: { value: colours, size: 4, normalized: true },
    },
  };
}

interface PlainProps extends LayerProps {
  readonly data: Vertices;
}

/** What a layer draws by. */
type Program = Pick<ModelProps, 'vs' | 'fs' | 'modules' | 'topology'>;

abstract class PlainLayer<Props extends object> extends Layer<Required<PlainProps> & Props> {
  declare state: { model?: Model };

  protected abstract readonly program: Program;

  override initializeState(): void {
    this.getAttributeManager()?.add({
      place: { size: 2, accessor: 'getPosition' },
      colour: { size: 4, type: 'unorm8', accessor: 'getColor' },
    });
  }

  override updateState(changed: UpdateParameters<this>): void {
    super.updateState(changed);
    if (!changed.changeFlags.extensionsChanged) return;
    this.state.model?.destroy();
    this.state.model = new Model(this.context.device, {
      ...this.getShaders(this.program),
      id: this.props.id,
      bufferLayout: this.getAttributeManager()?.getBufferLayouts() ?? [],
    });
    this.getAttributeManager()?.invalidateAll();
  }

  override draw(): void {
    this.state.model?.setVertexCount(this.props.data.length);
    this.state.model?.draw(this.context.renderPass);
  }
}

const PLACE = /* glsl */ `
in vec2 place;
in vec4 colour;
out vec4 vColour;

vec4 placed() {
  vColour = vec4(colour.rgb, colour.a * layer.opacity);
  return project_position_to_clipspace(vec3(place, 0.0), vec3(0.0), vec3(0.0));
}
`;

const hairlines = {
  vs: /* glsl */ `#version 300 es
${PLACE}
void main() {
  gl_Position = placed();
}
`,
  fs: /* glsl */ `#version 300 es
precision highp float;
in vec4 vColour;
out vec4 fragColor;

void main() {
  fragColor = vColour;
}
`,
};

/** Lines between each two vertices, one pixel of the device wide. */
export class HairlinesLayer extends PlainLayer<object> {
  static override layerName = 'HairlinesLayer';

  protected override readonly program: Program = {
    ...hairlines,
    modules: [project32],
    topology: 'line-list',
  };
}

const SIZES = /* glsl */ `
layout(std140) uniform markerUniforms {
  float radius;
  float ring;
} marker;
`;
const marker = {
  name: 'marker',
  vs: SIZES,
  fs: SIZES,
  uniformTypes: { radius: 'f32', ring: 'f32' },
} as const;

const markers = {
  vs: /* glsl */ `#version 300 es
${PLACE}
out float vSide; // of the square around the marker, in CSS pixels

void main() {
  gl_Position = placed();
  vSide = 2.0 * (marker.radius + marker.ring / 2.0 + 0.5);
  gl_PointSize = vSide * project.devicePixelRatio;
}
`,
  fs: /* glsl */ `#version 300 es
precision highp float;
in vec4 vColour;
in float vSide;
out vec4 fragColor;

// 1 below the edge and 0 above it, smooth over one pixel
float below(float edge, float x) {
  return smoothstep(x - 0.5, x + 0.5, edge);
}

void main() {
  float fromCentre = length(gl_PointCoord - 0.5) * vSide;
  float covered = below(marker.radius + marker.ring / 2.0, fromCentre);
  if (marker.ring > 0.0) covered *= 1.0 - below(marker.radius - marker.ring / 2.0, fromCentre);
  fragColor = vec4(vColour.rgb, vColour.a * covered);
}
`,
};

interface MarkerProps {
  /** In CSS pixels. */
  readonly radius: number;
  /** Width of the line, where markers are rings; 0 for discs. */
  readonly ring: number;
}

/** A disc or a ring at each vertex, all of one size. */
export class MarkersLayer extends PlainLayer<MarkerProps> {
  static override layerName = 'MarkersLayer';

  protected override readonly program: Program = {
    ...markers,
    modules: [project32, marker],
    topology: 'point-list',
  };

  override draw(): void {
    const { radius, ring } = this.props;
    this.state.model?.shaderInputs.setProps({ marker: { radius, ring } });
    super.draw();
  }
}
