"""Small IONEX files in the layout of the format document, and how to put texts on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

# Two hours on a grid of 2 latitudes and 3 longitudes. RMS follows TEC, as the document asks.
IONEX = """\
     1.0            IONOSPHERE MAPS     GPS                 IONEX VERSION / TYPE
writer V1           NOBODY              01-jan-2001 12:00   PGM / RUN BY / DATE
Made by hand                                                DESCRIPTION
  2001     1     1     0     0     0                        EPOCH OF FIRST MAP
  2001     1     1     1     0     0                        EPOCH OF LAST MAP
  3600                                                      INTERVAL
     2                                                      # OF MAPS IN FILE
  COSZ                                                      MAPPING FUNCTION
    10.0                                                    ELEVATION CUTOFF
One-way carrier phase leveled to code                       OBSERVABLES USED
     7                                                      # OF STATIONS
    28                                                      # OF SATELLITES
  6371.0                                                    BASE RADIUS
     2                                                      MAP DIMENSION
   450.0 450.0    .0                                        HGT1 / HGT2 / DHGT
    10.0   0.0 -10.0                                        LAT1 / LAT2 / DLAT
   -20.0  20.0  20.0                                        LON1 / LON2 / DLON
    -1                                                      EXPONENT
TEC values in 0.1 TECU; 9999, if no value available         COMMENT
DIFFERENTIAL CODE BIASES                                    START OF AUX DATA
    01    -1.118     0.018                                  PRN / BIAS / RMS
   R07     2.206      .020                                  PRN / BIAS / RMS
   G  ABCD 12345M001          -8.111     0.025              STATION / BIAS / RMS
DIFFERENTIAL CODE BIASES                                    END OF AUX DATA
Other biases                                                START OF AUX DATA
   G01    99.000     9.000                                  PRN / BIAS / RMS
Other biases                                                END OF AUX DATA
                                                            END OF HEADER
     1                                                      START OF TEC MAP
  2001     1     1     0     0     0                        EPOCH OF CURRENT MAP
    10.0 -20.0  20.0  20.0 450.0                            LAT/LON1/LON2/DLON/H
   11   12   13
     0.0 -20.0  20.0  20.0 450.0                            LAT/LON1/LON2/DLON/H
  101  102 9999
     1                                                      END OF TEC MAP
     2                                                      START OF TEC MAP
  2001     1     1     1     0     0                        EPOCH OF CURRENT MAP
    10.0 -20.0  20.0  20.0 450.0                            LAT/LON1/LON2/DLON/H
   -1    0 1234
     0.0 -20.0  20.0  20.0 450.0                            LAT/LON1/LON2/DLON/H
    4    5    6
     2                                                      END OF TEC MAP
     1                                                      START OF RMS MAP
  2001     1     1     0     0     0                        EPOCH OF CURRENT MAP
    10.0 -20.0  20.0  20.0 450.0                            LAT/LON1/LON2/DLON/H
    1    2    3
     0.0 -20.0  20.0  20.0 450.0                            LAT/LON1/LON2/DLON/H
    4    5 9999
     1                                                      END OF RMS MAP
     2                                                      START OF RMS MAP
  2001     1     1     1     0     0                        EPOCH OF CURRENT MAP
    10.0 -20.0  20.0  20.0 450.0                            LAT/LON1/LON2/DLON/H
    7    8    9
     0.0 -20.0  20.0  20.0 450.0                            LAT/LON1/LON2/DLON/H
   10   11   12
     2                                                      END OF RMS MAP
                                                            END OF FILE
"""


@pytest.fixture
def ionex_text() -> str:
    return IONEX


@pytest.fixture
def put(tmp_path: Path):
    """Write a text or bytes under a name of the temporary folder."""

    def write(content: str | bytes, name: str = "file") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
