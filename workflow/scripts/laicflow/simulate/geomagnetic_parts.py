"""The parts of a simulated geomagnetic field.

Components are nT to north, east and down (3 x minutes), those of ring current and roughness along
the geomagnetic dipole's meridian, by `to_geographic` along the geographic one. Times are whole
minutes since 1970 (int64), UTC.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np

from laicflow import seeds

DAY = 1440
# The band of the roughness's amplitude, Hz; its upper end is the Nyquist frequency of minutes.
BAND = (0.001, 1 / 120)
# An equinox of March, and the length of the year (days) after which it comes back.
_EQUINOX = np.datetime64("2000-03-20").astype("int64")
_YEAR = 365.2422


@dataclasses.dataclass
class Frame:
    """Where a station lies in the main field, for each minute.

    `main` is X, Y, Z (nT); `latitude` the geomagnetic (dipole) latitude and `azimuth` the direction
    of geomagnetic north, east of geographic north, both in radians.
    """

    main: np.ndarray
    latitude: np.ndarray
    azimuth: np.ndarray


def day_number(date: dt.date) -> int:
    """Days since 1970."""
    return int(np.datetime64(date, "D").astype("int64"))


def minute_number(time: str | np.datetime64) -> int:
    """Minutes since 1970 of a time, UTC (seconds are cut off)."""
    return int(np.datetime64(time).astype("datetime64[m]").astype("int64"))


def time_of(minutes: int | np.ndarray) -> np.datetime64 | np.ndarray:
    """Times (datetime64[us]) of minutes since 1970."""
    return np.asarray(minutes).astype("datetime64[m]").astype("datetime64[us]")[()]


def frame(observatory: dict, minutes: np.ndarray) -> Frame:
    """Main field and dipole coordinates, by IGRF-14 (Alken et al. 2021, Earth Planets Space 73, 49;
    its 14th generation of 2024), with ppigrf.

    The model is asked at the beginnings of the quarters and is linear between them (its
    coefficients are linear within five years).
    """
    import ppigrf

    months = minutes[[0, -1]].astype("datetime64[m]").astype("datetime64[M]").astype("int64")
    quarters = (np.arange(months[0] // 3, months[1] // 3 + 2) * 3).astype("datetime64[M]")
    dates = [dt.datetime.combine(date.astype(object), dt.time()) for date in quarters]
    east, north, up = ppigrf.igrf(
        observatory["longitude"], observatory["latitude"], observatory["elevation_m"] / 1e3, dates
    )
    knots = quarters.astype("datetime64[m]").astype("int64")
    main = np.stack(
        [np.interp(minutes, knots, values.ravel()) for values in (north, east, -np.asarray(up))]
    )
    cosines, sines = ppigrf.ppigrf.read_shc()
    epochs = cosines.index.to_numpy()
    terms = np.stack([cosines[1, 0], cosines[1, 1], sines[1, 1]])
    places = []
    for date in quarters:
        years = [one.astype("datetime64[D]").astype(float) for one in (date, epochs)]
        dipole = [np.interp(*years, term) for term in terms]
        places.append(dipole_place(observatory["latitude"], observatory["longitude"], dipole))
    latitude, azimuth = (np.interp(minutes, knots, one) for one in zip(*places, strict=True))
    return Frame(main, latitude, azimuth)


def dipole_place(latitude: float, longitude: float, dipole: list[float]) -> tuple[float, float]:
    """Geomagnetic latitude and direction of geomagnetic north (east of north), radians.

    `dipole` is g10, g11, h11 of the main field; the northern end of its axis points against
    (g11, h11, g10). The fifth of a degree between geodetic and geocentric latitude is left out.
    """
    g10, g11, h11 = dipole
    axis = -np.array([g11, h11, g10])
    axis /= np.sqrt(axis @ axis)
    latitude, longitude = np.radians([latitude, longitude])
    sin_lat, cos_lat = np.sin(latitude), np.cos(latitude)
    sin_lon, cos_lon = np.sin(longitude), np.cos(longitude)
    up = np.array([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    north = np.array([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat])
    east = np.array([-sin_lon, cos_lon, 0.0])
    return float(np.arcsin(axis @ up)), float(np.arctan2(axis @ east, axis @ north))


def to_geographic(field: np.ndarray, place: Frame) -> np.ndarray:
    """Components along the dipole's meridian turned to geographic ones."""
    cosine, sine = np.cos(place.azimuth), np.sin(place.azimuth)
    north, east, down = field
    return np.stack([north * cosine - east * sine, north * sine + east * cosine, down])


def quiet_daily(
    minutes: np.ndarray,
    longitude: float,
    place: Frame,
    f107: np.ndarray,
    options: dict,
    names: tuple,
) -> np.ndarray:
    """The solar quiet daily variation Sq.

    One vortex of current over each hemisphere's day side, of stream function P(lat) C(T) with
    P = sin(lat) cos^n(lat), whose maximum lies at the focus where n = cot^2(focus), and C a
    Gaussian of local time T. Poleward of the foci X falls at noon, between them it rises
    (X ~ dP/dlat C, eastward current overhead); in the northern hemisphere Y is east in the morning
    and west in the afternoon (Y ~ P / cos(lat) dC/dT) and Z falls at noon; night is zero. The form
    is ours, foci and sizes after Matsushita & Maeda (1965, J. Geophys. Res. 70, 2535) and Yamazaki
    & Maute (2017, Space Sci. Rev. 206, 299): foci at 30 to 35 degrees, more in summer, about twice
    as much at solar maximum. `eastward` makes Y larger than one steady vortex has it, as observed
    at ESK. Latitudes are geomagnetic, components geographic; there is no equatorial electrojet.
    """
    power = 1 / np.tan(np.radians(options["focus_deg"])) ** 2
    sine, cosine = np.sin(place.latitude), np.cos(place.latitude)
    stream = sine * cosine**power
    slope = cosine ** (power + 1) - power * sine**2 * cosine ** (power - 1)
    local = minutes / DAY + longitude / 360.0
    local_day = np.floor(local).astype("int64")
    hours = (local - local_day) * 24 - options["noon_hour"]
    hours = (hours + 12) % 24 - 12
    shape = np.exp(-0.5 * (hours / options["width_hours"]) ** 2)
    width = options["width_hours"] * np.pi / 12
    change = -hours * np.pi / 12 / width**2 * shape
    size = _sq_size(minutes, local_day, sine, f107, options, names)
    focus = np.radians(options["focus_deg"])
    at_focus = np.sin(focus) * np.cos(focus) ** power
    down = -options["vertical"] * stream / at_focus * shape
    east = options["eastward"] * stream / cosine * change
    return size * np.stack([slope * shape, east, down])


def _sq_size(
    minutes: np.ndarray,
    local_day: np.ndarray,
    sine: np.ndarray,
    f107: np.ndarray,
    options: dict,
    names: tuple,
) -> np.ndarray:
    """nT of Sq at the equator at noon: season, Sun and a factor that is new each local day."""
    season = np.sin(2 * np.pi * (minutes / DAY - _EQUINOX) / _YEAR)
    season = 1 + options["season"] * season * np.tanh(sine / np.sin(np.radians(15)))
    sun = np.maximum(0.0, 1 + options["per_sfu"] * (f107 - 100))
    days = np.arange(local_day[0], local_day[-1] + 1)
    random = [seeds.generator(*names, "sq", int(day)).standard_normal() for day in days]
    factor = np.exp(options["day_to_day_sd"] * np.array(random))
    return options["amplitude_nt"] * season * sun * factor[local_day - local_day[0]]


def ring_current(
    minutes: np.ndarray, times: np.ndarray, dst: np.ndarray, options: dict, names: tuple
) -> np.ndarray:
    """Dst (nT) of each minute from hourly Dst: linear between the middles of the hours, but a
    step of some minutes where Dst jumps up.

    Such a jump is a storm's sudden commencement (or a sudden impulse): the magnetopause is pushed
    in within 2 to 6 minutes, everywhere at once (Araki 1994, Geophys. Monogr. 81, 183).
    """
    place = np.clip((minutes - times[0] - 30) / 60, 0, len(dst) - 1)
    hour = np.minimum(place.astype("int64"), len(dst) - 2)
    share = place - hour
    rise = np.diff(dst)
    sudden = (rise >= options["commencement_nt"]) & (dst[:-1] >= options["commencement_from_nt"])
    width = options["commencement_minutes"] / 60
    for at in np.unique(hour[sudden[hour]]):
        random = seeds.generator(*names[:-1], "commencement", int(times[at]))
        begin = random.uniform(0.1, 0.9 - width)
        inside = hour == at
        x = np.clip((share[inside] - begin) / width, 0, 1)
        share[inside] = x * x * (3 - 2 * x)
    return dst[hour] + share * rise[hour]


def ring_field(dst: np.ndarray, place: Frame, internal: float) -> np.ndarray:
    """The field of the ring current of minute-wise Dst (nT).

    A uniform field along the dipole's axis, whose part to the north is Dst cos(lat), induced
    currents included; they lift the horizontal part by (1 + Q) and lower the vertical one by
    (1 - 2 Q), Q = 0.27 (Langel & Estes 1985, J. Geophys. Res. 90, 2487).
    """
    down = -dst * np.sin(place.latitude) * (1 - 2 * internal) / (1 + internal)
    return np.stack([dst * np.cos(place.latitude), np.zeros_like(dst), down])


def roughness(
    days: np.ndarray,
    place: Frame,
    kp: np.ndarray,
    dst: np.ndarray,
    options: dict,
    names: tuple,
) -> np.ndarray:
    """Irregular disturbances from hours to minutes, of a power law.

    The spectral density of power falls as f^-exponent (amplitude as f^-1 with 2; at ESK in 2003
    the exponent is 1.5 to 3, that of Z the largest), the amplitude grows exponentially with Kp as
    the power of pulsations does (Ozeke et al. 2014, J. Geophys. Res. Space Phys. 119, 1587), with
    the storm's depth, and towards the auroral oval, which widens with Kp. Sizes: differences of
    minutes by Kp at CBI, MMB (2011), BOU (2014) and ESK (2003).
    """
    oval = options["oval_latitude_deg"] + options["oval_per_kp_deg"] * kp
    off = (np.abs(np.degrees(place.latitude)) - oval) / options["oval_width_deg"]
    size = options["amplitude_nt"] * np.exp(options["per_kp"] * kp)
    size *= 1 + options["oval"] * np.exp(-0.5 * off**2)
    size *= 1 + options["per_dst_nt"] * np.maximum(0.0, -dst)
    # Lognormal of mean square 1.
    spread = options["burst_sd"]
    bursts = coloured(days, 3.0, 1e-4, (1e-5, 1 / 120), (*names, "bursts"))
    size *= np.exp(spread * bursts - spread**2)
    waves = [
        share * coloured(days, exponent, options["corner_hz"], BAND, (*names, letter))
        for share, exponent, letter in zip(
            options["components"], options["exponents"], "NED", strict=True
        )
    ]
    return size * np.stack(waves)


def coloured(
    days: np.ndarray, exponent: float, corner: float, band: tuple[float, float], names: tuple
) -> np.ndarray:
    """Gaussian noise of the spectral density (f^2 + corner^2)^(-exponent / 2), rms 1 in a band.

    Each day begins a block of two days, drawn from the day's own seed, that swells and fades with
    the sine of its time: as the two blocks of a day are independent and sin^2 + cos^2 = 1, spectrum
    and variance are the same at all times, without a seam at midnight.

    Parameters
    ----------
    days : days since 1970, consecutive
    corner, band : Hz
    """
    length = 2 * DAY
    frequency = np.fft.rfftfreq(length, 60.0)
    power = (frequency**2 + corner**2) ** (-exponent / 2)
    power[0] = 0.0
    inside = (frequency >= band[0]) & (frequency <= band[1])
    # The last line, at the Nyquist frequency, has half the variance of the others.
    lines = np.where(frequency == frequency[-1], 0.5, 1.0)
    amplitude = np.sqrt(power / (power * lines)[inside].sum()) * length / 2
    blocks = range(int(days[0]) - 1, int(days[-1]) + 1)
    draws = np.stack(
        [seeds.generator(*names, day).standard_normal((2, frequency.size)) for day in blocks]
    )
    noise = np.fft.irfft(amplitude * (draws[:, 0] + 1j * draws[:, 1]), length, axis=-1)
    noise *= np.sin(np.pi * (np.arange(length) + 0.5) / length)
    return (noise[1:, :DAY] + noise[:-1, DAY:]).ravel()
