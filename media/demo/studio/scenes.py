"""What is seen: one function a scene.

A scene returns `(inputs, graph)`: ffmpeg's input arguments and a filter graph that ends in `[v]`.
Slow fields are computed small and at half rate, then enlarged and blended: they are smooth, so
nothing is lost, and the result costs few bits. Everything sharp is a still that moves by whole pixels.
"""

from tools import HEIGHT, RATE, WIDTH, clouds, ffmpeg, rnd, still, work

FULL = (WIDTH, HEIGHT)


def picture(path):
    """A still as an endless input."""
    return ["-loop", "1", "-framerate", str(RATE), "-i", path]


def source(description):
    """A generative source as an input."""
    return ["-f", "lavfi", "-i", description]


def ridge(height, rough, seed):
    """A mountain crest over x in 0..1: folded sines make peaks, finer ones the rock."""
    terms = [f"{height}*{amplitude}*(1-abs(sin({frequency}*x+{seed * phase:.3f})))"
             for frequency, amplitude, phase in
             [(3.1, 0.55, 1.3), (7.7, 0.30, 2.1), (17.3, 0.14, 0.7), (41, 0.06 * rough, 1.9), (97, 0.03 * rough, 2.9)]]
    return "(" + "+".join(terms).replace("x", f"(X/W)") + ")"


def stars(name, size, density, seed, tint):
    """A starry sky over a dark vertical gradient; `tint` is the gradient's (top, bottom) in RGB."""
    top, bottom = tint
    shine = f"if(gt({rnd('X', 'Y', seed)},{1 - density}),pow({rnd('Y', 'X', seed + 5)},4)*210+25,0)"
    planes = [f"min(255,{a}+({b}-{a})*Y/H+{rnd('X', 'Y', seed + 9)}-0.5+{shine}*{w})"
              for a, b, w in zip(top, bottom, (0.9, 0.95, 1.0))]
    return still(name, size, *planes)


def aurora(seconds):
    """Curtains of northern light over a lake between mountains."""
    sky = stars("aurora-sky", FULL, 0.0022, 3, ((4, 7, 22), (12, 40, 58)))
    crest = f"(H*0.655-H*{ridge(0.15, 1.0, 4.2)})"
    land = still("aurora-land", FULL, "3+3*Y/H", "7+5*Y/H", "13+6*Y/H", f"255*min(1,max(0,Y-{crest}))")
    ripple = clouds("aurora-ripple", (WIDTH, 380), first=(10, 30), octaves=4, seed=8)
    field = ""
    for number, (base, fall, seed, strength) in enumerate([(0.74, 3.6, 0.3, 1.0), (0.60, 4.6, 2.7, 0.6), (0.86, 6.5, 5.1, 0.45)]):
        edge = f"({base}+0.10*sin(ld(0)*3.1+T*0.13+{seed})+0.05*sin(ld(0)*7.3-T*0.19+{seed * 2.1})+0.018*sin(ld(0)*19+T*0.33+{seed}))"
        warped = f"(ld(0)+0.035*sin(ld(0)*9+T*0.23+{seed})+ld(2)*0.07)"
        rays = f"(0.52+0.20*sin(ld(3)*43+T*0.6+{seed})+0.16*sin(ld(3)*71-T*0.9)+0.12*sin(ld(3)*127+T*1.3+{seed}))"
        sway = f"pow(0.5+0.5*sin(ld(3)*4.2-T*0.25+{seed * 1.7}),1.4)"
        field += (f"st(2,{edge}-ld(1));st(3,{warped});st({4 + number},{strength}*{rays}*(0.2+0.8*{sway})"
                  f"*if(gt(ld(2),0),exp(-ld(2)*{fall})*(1-exp(-ld(2)*22)),0));st(2,min(1,max(0,ld(2)*1.9)));st({7 + number},"
                  "ld(2));")
    start = "st(0,X/W);st(1,Y/H);" + field
    low = start + "250*min(1,1.5*(ld(4)*(1-ld(7))+ld(5)*(1-ld(8))+ld(6)*(1-ld(9))))"
    high = start + "250*min(1,1.5*(ld(4)*ld(7)+ld(5)*ld(8)+ld(6)*ld(9)))"
    light = (f"color=s=256x112:r={RATE // 2}:d={seconds + 1},format=gbrp,geq=r='0':g='{low}':b='{high}'")
    graph = (
        f"[0]format=gbrp[sky];"
        f"[1]framerate=fps={RATE}:interp_start=0:interp_end=255:scene=100,format=gbrp16,scale={WIDTH}:720:flags=bicubic,"
        "gblur=sigma=5,"
        "colorchannelmixer=rr=0:rg=0.18:rb=1.25:gr=0:gg=1.35:gb=0.30:br=0:bg=0.62:bb=1.25,format=gbrp,"
        f"pad={WIDTH}:{HEIGHT}[light];"
        "[sky][light]blend=all_mode=screen[lit];[2]format=gbrap[land];[lit][land]overlay=format=gbrp,split[up][down];"
        f"[down]crop={WIDTH}:700:0:0,vflip,scale={WIDTH}:380,gblur=sigma=3:sigmaV=12,"
        "colorchannelmixer=rr=0.50:gg=0.58:bb=0.68,format=gbrp[mirror];"
        "[3]format=gray,scroll=v=0.0022,split[xr][yr];[xr]lutyuv=y='128+(val-128)*0.35',format=gbrp[xmap];"
        "[yr]lutyuv=y='128+(val-128)*0.22',format=gbrp[ymap];"
        "[mirror][xmap][ymap]displace=edge=mirror[lake];"
        "[up][lake]overlay=0:700:format=gbrp,vignette=angle=PI/7,format=yuv420p[v]")
    return picture(sky) + source(light) + picture(land) + picture(ripple), graph


def perihelion(seconds):
    """A ringed giant turns before its rising sun."""
    sky = stars("perihelion-sky", FULL, 0.0022, 21, ((5, 4, 12), (10, 6, 16)))
    u, v = "(2*PI*X/W)", "(Y/H)"
    swirl = (
        f"(0.006*sin(3*{u}+9*{v})+0.005*sin(7*{u}-23*{v}+2*sin(2*{u}))*sin(40*{v})+0.004*sin(13*{u}+31*{v}+3*sin(3*{u}+5*{v}))"
             f"+0.002*sin(29*{u}+71*{v}+2*sin(11*{u})))")
    band = f"st(0,{v}+{swirl});st(1,0.5+0.22*sin(ld(0)*38)+0.16*sin(ld(0)*71+1)+0.12*sin(ld(0)*17+2)+0.06*sin(ld(0)*171));"
    skin = still("perihelion-skin", (2048, 1024),
                 band + "255*(0.44+0.55*ld(1))", band + "255*(0.25+0.52*ld(1))", band + "255*(0.19+0.38*ld(1))")
    # The ball is 760 wide around (800, 575); its sun stands to the upper right and a little behind.
    at = "st(0,(X-W/2)/380);st(1,(Y-H/2)/380);st(2,hypot(ld(0),ld(1)));st(3,sqrt(max(0,1-ld(2)*ld(2))));"
    day = at + "st(4,max(0,0.80*ld(0)-0.42*ld(1)-0.22*ld(3)+0.10));"
    shade = still("perihelion-shade", (760, 760),
                  day + "min(255,255*(1.3*pow(ld(4),0.8)+0.010))", day + "min(255,255*(1.3*pow(ld(4),0.9)+0.012))",
                  day + "min(255,255*(1.25*ld(4)+0.022))", at + "255*min(1,max(0,(1-ld(2))*380))")
    full = "st(0,(X-800)/380);st(1,(Y-575)/380);st(2,hypot(ld(0),ld(1)));"
    rim = still("perihelion-rim", FULL,
                *[full + "st(3,max(0,(0.8*ld(0)-0.42*ld(1))/max(0.01,ld(2))+0.2)/1.2);"
                  f"255*{weight}*pow(ld(3),1.6)*exp(-abs(ld(2)-1)*if(gt(ld(2),1),{fall},{fall * 2}))"
                  for weight, fall in ((0.80, 34), (0.62, 26), (0.55, 17))])
    # The ring lies in a plane seen at a low angle, turned by -0.31 rad; register 3 is its thickness.
    flat = ("st(4,(X-800)/380);st(5,(Y-575)/380);st(0,ld(4)*cos(0.31)-ld(5)*sin(0.31));st(1,ld(4)*sin(0.31)+ld(5)*cos(0.31));"
            "st(2,hypot(ld(0),ld(1)/0.19));"
            "st(3,min(1,max(0,(ld(2)-1.32)*18))*min(1,max(0,(2.22-ld(2))*26))*(1-exp(-pow((ld(2)-1.83)*30,2)))"
            "*(0.56+0.22*sin(ld(2)*66)+0.14*sin(ld(2)*147+1)+0.08*sin(ld(2)*29)));")
    # The ball's shadow on the ring is a strip two radii wide that leads away from the sun.
    dusk = flat + ("st(7,ld(1)/0.19);st(8,-0.92*ld(0)+0.39*ld(7));"
                   "st(6,1-0.95*min(1,max(0,ld(8)*1.6))*exp(-pow((0.39*ld(0)+0.92*ld(7))/0.98,8)));")
    tones = [dusk + f"{tone}*ld(6)*(0.72+0.28*min(1,max(0,(ld(0)+2)/3)))" for tone in (244, 206, 178)]
    ring = still("perihelion-ring", FULL, *tones, flat + "225*ld(3)*min(1,max(0,0.5-ld(1)*380))")
    near = still("perihelion-near", FULL, *tones, flat + "225*ld(3)*min(1,max(0,ld(1)*380+0.5))")
    beam = "0.8*exp(-abs(Y-H/2)/3)*pow(max(0,1-abs(X-W/2)/(W/2)),3)"
    glow_at = "st(0,hypot(X-W/2,Y-H/2)/(W/2));st(1,max(0,1-ld(0)));"
    glow = still("perihelion-glow", (2000, 2000),
                 *[glow_at + f"min(255,255*(exp(-pow(ld(0)*24,2))*1.9+{wide}*pow(ld(1),5)+{close}*pow(ld(1),16)+{beam}))"
                   for wide, close in ((0.34, 0.75), (0.19, 0.58), (0.12, 0.42))])
    rise = f"overlay=x='1075+{95 / seconds:.3f}*t-1000':y='345-{85 / seconds:.3f}*t-1000':format=gbrp"
    graph = (
        f"[0]format=gbrp,scroll=h=0.00006[sky];[5]format=gbrp[glow];"
        f"color=black:s={WIDTH}x{HEIGHT}:r={RATE},format=gbrp[night];[night][glow]{rise}[sun];"
        "[sky][sun]blend=all_mode=screen[b0];"
        "[4]format=gbrap[ring];[b0][ring]overlay=format=gbrp[b1];"
        "[1]format=rgb24,scroll=h=0.0004,v360=input=e:output=og:w=760:h=760:h_fov=180:v_fov=180:pitch=12:roll=-18,"
        "format=gbrp[skin];"
        "[2]format=gbrap,split[s0][s1];[s0]format=gbrp[light];[s1]alphaextract[edge];"
        "[skin][light]blend=all_mode=multiply[lit];[lit][edge]alphamerge,format=gbrap[ball];"
        "[b1][ball]overlay=420:195:format=gbrp[b2];[3]format=gbrp[rim];[b2][rim]blend=all_mode=screen[b3];"
        "[6]format=gbrap[near];[b3][near]overlay=format=gbrp,vignette=angle=PI/6,format=yuv420p[v]")
    inputs = [picture(path) for path in (sky, skin, shade, rim, ring, glow, near)]
    return sum(inputs, []), graph


def sea(seconds):
    """The sun going down into the sea."""
    horizon = 610
    sun = (1180, 560)
    reach = f"hypot(X-{sun[0]},(Y-{sun[1]})*1.25)"
    tone = f"st(0,min(1,Y/{horizon}));st(1,{reach});st(2,exp(-ld(1)/520));st(3,exp(-ld(1)/170));"
    disc = still("sea-sun", (240, 240), "255", "250", "214", "255*min(1,max(0,(62-hypot(X-120,Y-120))/2)+0.35*exp(-pow(hypot(X-120,Y-120)/80,4)))")
    sky = still("sea-sky", (WIDTH, horizon),
                tone + f"min(255,26+60*ld(0)+72*pow(ld(0),3)+150*ld(2)+95*ld(3))",
                tone + f"min(255,26+30*ld(0)+28*pow(ld(0),4)+66*ld(2)+70*ld(3))",
                tone + f"min(255,62+34*ld(0)-20*pow(ld(0),3)-10*ld(2)+44*ld(3))")
    veil = clouds("sea-clouds", (WIDTH, horizon), first=(3, 9), octaves=6, gain=0.5, seed=31)
    wide, high = 480, 118
    start = f"st(0,(Y+0.6)/{high});st(1,1/(0.035+ld(0)));st(2,(X-{wide * sun[0] / WIDTH:.1f})/{wide}*ld(1));"
    swell = ("st(3,sin(ld(2)*2.1+ld(1)*3.1+T*1.1)+0.8*sin(ld(2)*-3.3+ld(1)*4.7+T*1.4)+0.7*sin(ld(2)*6.1+ld(1)*7.9+T*1.9)"
             "+0.55*sin(ld(2)*-9.7+ld(1)*12.1+T*2.5)+0.45*sin(ld(2)*15.7+ld(1)*17.3+T*3.1)"
             "+ld(0)*(0.75*sin(ld(2)*23+ld(1)*37+T*3.3)+0.6*sin(ld(2)*-31+ld(1)*61+T*3.9)));"
             f"st(4,exp(-pow((X-{wide * sun[0] / WIDTH:.1f})/{wide}/(0.030+0.11*ld(0)),2)));")
    glint = start + swell + "255*min(1,ld(4)*(0.10+0.85*pow(max(0,ld(3)/3.5+0.36),2.6))*(1.5-0.5*ld(0)))"
    heave = start + swell + "255*min(1,max(0,0.5+0.14*ld(3)))*(0.3+0.7*ld(0))"
    water = f"color=s={wide}x{high}:r={RATE}:d={seconds + 1},format=gbrp,geq=r='0':g='{glint}':b='{heave}'"
    depth = still("sea-depth", (WIDTH, HEIGHT - horizon), "74*pow(1-Y/H,2)+14", "40*pow(1-Y/H,2)+18", "52*pow(1-Y/H,1.5)+32")
    graph = (
        "[0]format=gbrp[sky];[1]format=gray,scroll=h=0.00025,curves=all='0/0 0.45/0 0.75/0.55 1/0.8',format=gbrp,"
        "colorchannelmixer=rr=0.55:gg=0.25:bb=0.20[veil];[sky][veil]blend=all_mode=screen[air];"
        f"[4]format=gbrap[sun];[air][sun]overlay=x={sun[0] - 120}:y='{sun[1] - 150}+floor(t*{70 / seconds:.3f})':"
        "format=gbrp[above];"
        f"[2]format=gbrp16,scale={WIDTH}:{HEIGHT - horizon}:flags=bicubic,"
        "colorchannelmixer=rr=0:rg=1.12:rb=0.10:gr=0:gg=0.74:gb=0.15:br=0:bg=0.44:bb=0.24,format=gbrp[water];"
        "[3]format=gbrp[depth];[depth][water]blend=all_mode=screen[below];"
        "[above][below]vstack,split[a][b];[b]scale=480:270,gblur=sigma=14,scale=1920:1080:flags=bicubic[halo];"
        "[a][halo]blend=all_mode=screen:all_opacity=0.28,vignette=angle=PI/6,format=yuv420p[v]")
    return picture(sky) + picture(veil) + source(water) + picture(depth) + picture(disc), graph


def seahorse(seconds):
    """A slow dive into the Mandelbrot set's Seahorse Valley."""
    dive = (
        f"mandelbrot=s=1440x810:r={RATE}:start_x=-0.743643887037158704752191506114774:start_y=0.131825904205311970493132056385139"
            f":start_scale=0.0125:end_scale=0.004:end_pts={seconds * RATE}:maxiter=300:bailout=10:"
            "outer=normalized_iteration_count:inner=black")
    # The source's green channel is the sine of a hundredth of the iteration count: the only calm one.
    graph = (f"[0]format=gbrp,extractplanes=g,gblur=sigma=2.1,scale={WIDTH}:{HEIGHT}:flags=bicubic,format=gbrp,"
             "curves=r='0/0.01 0.55/0.02 0.66/0.04 0.74/0.10 0.82/0.42 0.91/0.93 1/1':"
             "g='0/0.01 0.55/0.04 0.66/0.11 0.74/0.22 0.82/0.42 0.91/0.70 1/0.95'"
             ":b='0/0.03 0.55/0.12 0.66/0.24 0.74/0.38 0.82/0.44 0.91/0.40 1/0.78',split[s][h];"
             "[h]scale=480:270,gblur=sigma=7,scale=1920:1080:flags=bicubic[halo];[s][halo]blend=all_mode=screen:all_opacity=0.3,"
             "vignette=angle=PI/5,format=yuv420p[v]")
    return source(dive), graph


def loom(seconds):
    """A cellular automaton, rule 110, woven into a plain that is flown over towards a rising light."""
    cloth = work("loom-cloth.png")
    if not cloth.exists():
        ffmpeg("-f", "lavfi", "-i", "cellauto=rule=110:s=192x480:random_seed=5:random_fill_ratio=0.35:start_full=1",
               "-frames:v", "1", "-vf", "format=gray,scale=1920:4800:flags=neighbor,drawgrid=w=10:h=10:t=2:c=black", cloth)
    horizon = 470
    sky = still("loom-sky", FULL,
                *[f"st(0,Y/{horizon});st(1,exp(-hypot((X-W/2)/1.9,Y-{horizon})/{spread}));"
                  f"min(255,{base}+{low}*pow(min(1,ld(0)),3)+{glow}*ld(1)+{rnd('X', 'Y', seed)})"
                  for base, low, glow, spread, seed in ((8, 38, 225, 190, 1), (8, 10, 120, 130, 2), (26, 44, 90, 240, 3))])
    fade = still("loom-fade", (WIDTH, HEIGHT - horizon), *["255*min(1,pow(Y/H*1.6,1.1))"] * 3)
    graph = (
        f"[0]format=gray,crop=1920:1440:0:'3360-n*{min(5, 3360 // (seconds * RATE))}',"
        "perspective=x0=0:y0=0:x1=W:y1=0:x2=-9*W:y2=H:x3=10*W:y3=H:sense=destination:interpolation=linear,"
        f"scale={WIDTH}:{HEIGHT - horizon},format=gbrp,split[p][q];[q]gblur=sigma=9[soft];[p][soft]blend=all_mode=screen,"
        "colorchannelmixer=rr=0.98:gg=0.42:bb=0.52[plain];[2]format=gbrp[fade];[plain][fade]blend=all_mode=multiply[ground];"
        f"[ground]pad={WIDTH}:{HEIGHT}:0:{horizon}[low];[1]format=gbrp[sky];[sky][low]blend=all_mode=screen,vignette=angle=PI/6,"
        "format=yuv420p[v]")
    return picture(cloth) + picture(sky) + picture(fade), graph


def petri(seconds):
    """Conway's Life under a microscope, every cell a drop that swells and dries."""
    life = "life=s=64x64:r=4:mold=24:ratio=0.2:seed=12:stitch=1:life_color=white:death_color=#707070:mold_color=black"
    dish = still("petri-dish", (1080, 1080),
                 *["st(0,hypot(X-W/2,Y-H/2)/(W/2));255*min(1,max(0,(0.965-ld(0))*90))*(1-0.55*pow(ld(0),3))"] * 3)
    back = still("petri-back", FULL,
                 *[f"st(0,hypot(X-W/2,Y-H/2)/540);{base}+{low}*exp(-pow(hypot((X-W/2)/900,(Y-H/2)/600),2))+{rim}*exp(-pow((ld(0)-0.968)*260,2))*(0.4+0.6*(X-Y+H)/(W+H))+{rnd('X', 'Y', 4)}"
                   for base, low, rim in ((4, 8, 90), (8, 20, 150), (12, 26, 150))])
    graph = (
        f"[0]format=gray,framerate=fps={RATE}:interp_start=0:interp_end=255:scene=100,scale=1080:1080:flags=bicubic,"
        "gblur=sigma=9,split=3[f][e][n];"
        "[f]format=gbrp,curves=r='0/0 0.22/0.02 0.34/0.55 0.42/0.98 0.52/0.62 0.75/0.55 1/0.98':"
        "g='0/0.03 0.22/0.10 0.34/0.36 0.42/0.62 0.52/0.22 0.75/0.16 1/0.60'"
        ":b='0/0.06 0.22/0.16 0.34/0.30 0.42/0.46 0.52/0.26 0.75/0.20 1/0.30'[warm];"
        "[e]gblur=sigma=26,format=gbrp,colorchannelmixer=rr=0.10:gg=0.55:bb=0.60[cool];[cool][warm]blend=all_mode=screen[jelly];"
        "[n]convolution='-2 -1 0 -1 0 1 0 1 2:-2 -1 0 -1 0 1 0 1 2:-2 -1 0 -1 0 1 0 1 2:-2 -1 0 -1 0 1 0 1 2':0rdiv=1:0bias=0,"
        "gblur=sigma=2,lutyuv=y='min(255,val*5)',format=gbrp,colorchannelmixer=rr=0.8:gg=0.75:bb=0.7[gleam];"
        "[jelly][gleam]blend=all_mode=screen:all_opacity=0.6[cells];"
        "[1]format=gbrp[mask];[cells][mask]blend=all_mode=multiply[round];"
        f"[round]pad={WIDTH}:{HEIGHT}:420:0[wide];[2]format=gbrp[back];[back][wide]blend=all_mode=screen,format=yuv420p[v]")
    return source(life) + picture(dish) + picture(back), graph


def ridges(seconds):
    """Seven mountain ridges in morning mist, passing at their own distances."""
    sky = still("ridges-sky", FULL,
                *[f"st(0,Y/H);st(1,hypot(X-1260,(Y-400)));min(255,{top}+({low}-{top})*min(1,ld(0)*1.7)+{g}*exp(-ld(1)/260)+255*min(1,max(0,(56-ld(1))/4))+{rnd('X', 'Y', 6)})"
                  for top, low, g in ((92, 246, 90), (118, 196, 60), (150, 164, 10))])
    graph, inputs = "[0]format=gbrp[b0];", picture(sky)
    for number in range(6):
        far = 1 - number / 5
        colour = [near + (mist - near) * far for near, mist in ((14, 222), (24, 172), (36, 152))]
        haze = [min(255, c + 34 * (0.4 + far)) for c in colour]
        crest = f"(H*{0.50 + 0.075 * number:.3f}-H*{ridge(0.13 + 0.022 * number, 0.5 + 0.5 * number / 5, 11.3 * number + 2)})"
        planes = [f"{c:.1f}+({h:.1f}-{c:.1f})*min(1,max(0,(Y-{crest})/(H*0.24)))" for c, h in zip(colour, haze)]
        speed = (1, 2, 3, 4, 5, 6)[number]
        path = still(f"ridges-{number}", (WIDTH * 2, HEIGHT), *planes, f"255*min(1,max(0,Y-{crest}))")
        inputs += picture(path)
        step = f"floor(n*{speed}/2)"
        graph += f"[{number + 1}]format=gbrap[r{number}];[b{number}][r{number}]overlay=x='-{step}':y=0:format=gbrp[b{number + 1}];"
    graph += (
        "[b6]vignette=angle=PI/7,format=yuv420p[v]")
    return inputs, graph


def skyline(name, seed, slot, low, high, body, lamp, lit, pane):
    """One row of houses, two screens wide, as a still; `lit` of its windows (of `pane` pixels) shine."""
    width, height = pane
    unit = f"st(0,floor(X/{slot}));st(1,mod(X,{slot}));st(2,{rnd('ld(0)', seed=seed)});st(3,{rnd('ld(0)', '7', seed)});"
    roof = (
        f"st(4,H*({low}+({high}-{low})*ld(2)*ld(2)));st(5,H-ld(4)-if(gt(ld(3),0.6),if(lt(abs(ld(1)-{slot}*0.5),{slot}*0.22),"
        f"{slot}*0.35,0),0)"
            f"-if(gt(ld(3),0.86),if(lt(abs(ld(1)-{slot}*0.5),2),{slot}*0.9,0),0));")
    inside = f"st(6,if(gt(ld(1),{slot}*0.04*ld(3)),gte(Y,ld(5)),0));"
    grid = (
        f"st(7,if(lt(mod(X,{width}),{width}*0.55)*lt(mod(Y,{height}),{height}*0.5)*gt(Y,ld(5)+{height})*gt(ld(1),"
        f"{slot}*0.14)*lt(ld(1),{slot}*0.9),"
            f"gt({rnd(f'floor(X/{width})', f'floor(Y/{height})', seed + 3)},"
            f"{1 - lit}*(0.75+0.5*ld(3)))*(0.45+0.55*{rnd(f'floor(Y/{height})', f'floor(X/{width})', seed + 6)}),0));")
    planes = [unit + roof + inside + grid + f"min(255,{tone}*(0.85+0.3*ld(2))*(1-0.25*Y/H)+{shine}*ld(7))" for tone, shine in zip(body, lamp)]
    return still(name, (WIDTH * 2, 760), *planes, unit + roof + inside + "255*ld(6)")


def tram(name, lamp):
    """A lit tram with its glow, seen from across the river."""
    windows = "st(0,between(X,60,740)*between(Y,60,128));st(1,ld(0)*between(Y,72,104)*gt(mod(X-60,68),8)*between(X,66,734));"
    glow = "st(2,exp(-pow(max(0,abs(X-400)-300)/60,2)-pow((Y-90)/46,2)));"
    planes = [windows + glow + f"if(ld(1),{shine},if(ld(0),{shine}*0.16+10,{shine}))" for shine in lamp]
    return still(name, (800, 180), *planes, windows + glow + "if(ld(0),255,120*ld(2))")


CITY = {
    # name: sky top, sky low, glow at the horizon, body of the far and the near houses, window light, share lit
    "rain": ((6, 12, 26), (26, 58, 84), (30, 60, 70), (24, 50, 72), (5, 11, 20), (255, 206, 138), 0.34),
    "amber": ((22, 12, 10), (120, 66, 28), (110, 56, 16), (104, 60, 30), (16, 9, 8), (255, 214, 140), 0.40),
    "snow": ((14, 14, 38), (74, 70, 122), (50, 40, 70), (64, 62, 108), (12, 12, 30), (255, 196, 150), 0.30),
    "dawn": ((46, 58, 104), (240, 158, 140), (60, 50, 10), (168, 116, 130), (24, 22, 44), (255, 226, 170), 0.14),
}


def city(seconds, weather):
    """A tram crosses the river at night; `weather` picks the colours and what falls from the sky."""
    top, low, glow, far, near, lamp, lit = CITY[weather]
    quay = 770
    sky = still(f"city-{weather}-sky", (WIDTH, quay),
                *[f"min(255,{a}+({b}-{a})*pow(Y/H,1.5)+{g}*exp(-pow(hypot((X-1300)/800,(Y-H)/260),2))+{rnd('X', 'Y', 3)})" for a, b, g in zip(top, low, glow)])
    graph, inputs = "[0]format=gbrp[b0];", picture(sky)
    rows = [(11, 46, 0.22, 0.74, (9, 13)), (23, 84, 0.16, 0.60, (13, 18)), (37, 138, 0.08, 0.46, (18, 25))]
    for number, (seed, slot, least, most, pane) in enumerate(rows):
        part = number / 2
        body = [f + (n - f) * part for f, n in zip(far, near)]
        shine = [value * (0.50 + 0.25 * number) for value in lamp]
        path = skyline(f"city-{weather}-{number}", seed, slot, least, most, body, shine, lit * (0.7 + 0.3 * part), pane)
        inputs += picture(path)
        graph += f"[{number + 1}]format=gbrap[h{number}];[b{number}][h{number}]overlay=x='-floor(n*{number + 1}/2)':y={quay - 760}:format=gbrp[b{number + 1}];"
    inputs += picture(tram(f"city-{weather}-tram", lamp))
    wall = "0x" + "".join(f"{int(value * 0.7):02x}" for value in near)
    graph += (f"[b3]pad={WIDTH}:{HEIGHT}:0:0,drawbox=y={quay - 30}:h=30:c={wall}:t=fill[b4];[4]format=gbrap[tram];"
              f"[b4][tram]overlay=x='-800+floor((t-{seconds * 0.12:.2f})*24)*{int(2720 / (seconds * 0.76) / 24) + 1}':"
              f"y={quay - 30 - 128}:format=gbrp,split[up][down];"
              f"[down]crop={WIDTH}:{quay}:0:0,vflip,scale={WIDTH}:{HEIGHT - quay},gblur=sigma=3:sigmaV=11,"
              "colorchannelmixer=rr=0.62:gg=0.66:bb=0.72[mirror];"
              "[5]format=gray,scroll=v=0.003,split[xr][yr];[xr]lutyuv=y='128+(val-128)*0.10',format=gbrp[xmap];"
              "[yr]lutyuv=y='128+(val-128)*0.07',format=gbrp[ymap];"
              f"[mirror][xmap][ymap]displace=edge=mirror[water];[up][water]overlay=0:{quay}:format=gbrp[scene];")
    inputs += picture(clouds("city-ripple", (WIDTH, HEIGHT - quay), first=(14, 30), octaves=4, seed=18))
    if weather == "rain":
        drop = still("city-drops", (WIDTH, HEIGHT), *[f"st(0,{rnd('X', seed=5)});255*0.30*gt(ld(0),0.86)*pow(max(0,mod(Y+{rnd('X', seed=8)}*H,H/2)/(H/2)*9-8),2)"] * 3)
        graph += "[6]format=gbrp,scroll=v=-0.028,gblur=sigma=0.7:sigmaV=3[fall];[scene][fall]blend=all_mode=screen[wet];[wet]"
    elif weather == "snow":
        drop = still("city-flakes", (WIDTH, HEIGHT), *[f"st(0,floor(X/60));st(1,floor(Y/60));st(2,{rnd('ld(0)', 'ld(1)', 5)});st(3,{rnd('ld(1)', 'ld(0)', 6)});"
                                                   "st(4,hypot(mod(X,60)-12-36*ld(2),mod(Y,60)-12-36*ld(3)));255*0.8*gt(ld(2),0.45)*exp(-pow(ld(4)/(1.2+2.2*ld(3)),2))"] * 3)
        graph += (
            "[6]format=gbrp,split[d1][d2];[d1]scroll=v=-0.0037037:h=0.000521[fall];[d2]scale=2880:1620,crop=1920:1080,"
            "scroll=v=-0.0064815[close];"
                  "[scene][fall]blend=all_mode=screen:all_opacity=0.7[s1];[s1][close]blend=all_mode=screen:all_opacity=0.8[wet];"
                  "[wet]")
    else:
        drop = clouds("city-fog", (WIDTH, HEIGHT), first=(2, 4), octaves=5, gain=0.5, seed=44)
        tint = [value / 255 for value in low]
        graph += (
            f"[6]format=gray,scroll=h=0.0004,curves=all='0/0 0.4/0.05 1/0.75',format=gbrp,colorchannelmixer=rr={tint[0]:.2f}:"
            f"gg={tint[1]:.2f}:bb={tint[2]:.2f}[fog];"
                  "[scene][fog]blend=all_mode=screen[wet];[wet]")
    inputs += picture(drop)
    graph += (
        "split[s][h];[h]scale=480:270,gblur=sigma=8,scale=1920:1080:flags=bicubic[halo];[s][halo]blend=all_mode=screen:"
        "all_opacity=0.35,vignette=angle=PI/6,format=yuv420p[v]")
    return inputs, graph
